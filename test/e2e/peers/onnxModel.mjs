// ONNX models in bytes: as much of the protobuf wire format and of onnx.proto3 as small graphs take.
//
// A message is a run of fields. A field is a tag, number·8 + wire type, and its value: a varint (type 0), or a length
// and that many bytes (type 2), which are a string or another message.

/** Seven bits a byte, least first; the top bit says that more follow. Negative numbers as 64 bits of two's complement. */
function varint(value) {
  const bytes = [];
  let rest = BigInt.asUintN(64, BigInt(value));
  for (; rest > 127n; rest >>= 7n) bytes.push(Number(rest & 127n) | 128);
  return [...bytes, Number(rest)];
}

const integer = (field, value) => [...varint(field * 8), ...varint(value)];
const message = (field, ...parts) => {
  const bytes = parts.flat();
  return [...varint(field * 8 + 2), ...varint(bytes.length), ...bytes];
};
const string = (field, text) => message(field, [...new TextEncoder().encode(text)]);

/** TensorProto.DataType */
const ELEMENTS = { float32: 1, int32: 6, int64: 7, float64: 11 };

/** ValueInfoProto: a name and a TypeProto, which is a tensor's element type and, where known, its dimensions. */
const valueInfo = (field, { name, type, shape }) =>
  message(
    field,
    string(1, name),
    message(
      2,
      message(
        1,
        integer(1, ELEMENTS[type]),
        shape
          ? message(
              2,
              shape.flatMap((size) => message(1, integer(1, size))),
            )
          : [],
      ),
    ),
  );

/** AttributeProto: a string (its type is 3), an integer (2) or a list of integers (7). */
function attribute([name, value]) {
  if (typeof value === "string") return message(5, string(1, name), string(4, value), integer(20, 3));
  if (typeof value === "number") return message(5, string(1, name), integer(3, value), integer(20, 2));
  return message(
    5,
    string(1, name),
    value.flatMap((item) => integer(8, item)),
    integer(20, 7),
  );
}

/** NodeProto: the names of what it reads and writes, an operator, its attributes. */
function node({ operator, inputs, outputs, attributes = {} }) {
  const given = Object.entries(attributes).filter(([, value]) => value !== undefined);
  return message(
    1,
    inputs.flatMap((name) => string(1, name)),
    outputs.flatMap((name) => string(2, name)),
    string(4, operator),
    given.flatMap(attribute),
  );
}

/** TensorProto: floats that are part of the model. */
const constant = ({ name, shape, data }) =>
  message(
    5,
    shape.flatMap((size) => integer(1, size)),
    integer(2, ELEMENTS.float32),
    string(8, name),
    message(9, [...new Uint8Array(data.buffer, data.byteOffset, data.byteLength)]),
  );

/**
 * A ModelProto of these nodes, in an order in which each finds its inputs.
 *
 * @param nodes Each `{ operator, inputs, outputs, attributes? }`. Attributes are integers, lists of them, and strings by
 * name; undefined ones are left out.
 * @param inputs, outputs Each `{ name, type: "float32" | "float64" | "int32" | "int64", shape? }`.
 * @param constants Each `{ name, shape, data: Float32Array }`.
 */
export function onnxGraph({ name, nodes, inputs, outputs, constants = [] }) {
  const graph = message(
    7,
    nodes.flatMap(node),
    string(2, name),
    constants.flatMap(constant),
    inputs.flatMap((input) => valueInfo(11, input)),
    outputs.flatMap((output) => valueInfo(12, output)),
  );
  const irVersion = integer(1, 8);
  const opset = message(8, string(1, ""), integer(2, 17));
  return Uint8Array.from([irVersion, graph, opset].flat());
}

/** A model of one node, with inputs, outputs and attributes as above, in the operator's order. */
export function onnxModel(operator, inputs, outputs, attributes) {
  const names = (values) => values.map(({ name }) => name);
  const nodes = [{ operator, inputs: names(inputs), outputs: names(outputs), attributes }];
  return onnxGraph({ name: operator, nodes, inputs, outputs });
}
