// Stands for @tensorflow/tfjs in the documents and in test/tfjs/: tensors, operations with gradients of their own, which may be
// nested, and a model of one layer that checks its targets as the real one does. What the real package does with the loss is
// what test/e2e/tfjs says.

type Elements = Float32Array | Int32Array | Uint8Array;

export class Tensor {
  readonly dtype: string;
  readonly shape: number[];
  readonly #elements: Elements;

  constructor(elements: Elements, shape: readonly number[], dtype: string) {
    this.dtype = dtype;
    this.shape = [...shape];
    this.#elements = elements;
  }

  /** Of the backend "wasm" a copy, as its elements are in WebAssembly memory; else where they are. */
  dataSync(): Elements {
    return backend === "wasm" ? this.#elements.slice() : this.#elements;
  }
}

export function tensor(
  values: ArrayLike<number>,
  shape: readonly number[] = [values.length],
  dtype = "float32",
): Tensor {
  const given = ArrayBuffer.isView(values) ? (values as Elements) : undefined;
  return new Tensor(given ?? (dtype === "int32" ? Int32Array : Float32Array).from(values), shape, dtype);
}

export const scalar = (value: number): Tensor => tensor([value], []);

let backend = "cpu";
export const getBackend = (): string => backend;
export function setBackend(name: string): void {
  backend = name;
}

interface Recorded {
  readonly inputs: readonly Tensor[];
  readonly output: Tensor;
  readonly gradientsOf: (dy: Tensor) => readonly Tensor[];
}

type Save = (tensors: readonly Tensor[]) => void;
type GradFunc = (dy: Tensor, saved: readonly Tensor[]) => Tensor | Tensor[];
type Operation = (...inputs: [...Tensor[], Save]) => { readonly value: Tensor; readonly gradFunc: GradFunc };

/** Of all nested gradients, the outermost last to read it. */
let tape: Recorded[] = [];
/** How many gradients record, and how many operations run, within which nothing is recorded. */
let gradients = 0;
let running = 0;

export const engine = () => ({ isTapeOn: () => gradients > 0 && running === 0 });

export const customGrad =
  (operation: Operation) =>
  (...inputs: Tensor[]): Tensor => {
    const isRecorded = engine().isTapeOn();
    let saved: readonly Tensor[] = [];
    running++;
    const { value, gradFunc } = operation(...inputs, (tensors) => (saved = tensors));
    running--;
    if (isRecorded) tape.push({ inputs, output: value, gradientsOf: (dy) => [gradFunc(dy, saved)].flat() });
    return value;
  };

/** The gradient of a function, times `dy` or, for what is no scalar, of the sum of its elements. */
export const grad =
  (f: (x: Tensor) => Tensor) =>
  (x: Tensor, dy?: Tensor): Tensor => {
    if (gradients === 0) tape = [];
    gradients++;
    const y = f(x);
    gradients--;
    const ones = tensor(
      Float32Array.from(y.dataSync(), () => 1),
      y.shape,
    );
    const of = new Map([[y, dy ?? ones]]);
    for (const { inputs, output, gradientsOf } of tape.slice().reverse()) {
      const above = of.get(output);
      if (above === undefined) continue;
      gradientsOf(above).forEach((gradient, i) => {
        const before = of.get(inputs[i])?.dataSync();
        const sum = gradient.dataSync().map((each, at) => each + (before?.[at] ?? 0));
        of.set(inputs[i], before === undefined ? gradient : tensor(sum, gradient.shape));
      });
    }
    const result = of.get(x);
    if (result === undefined) throw new Error("Cannot compute gradient of y=f(x) with respect to x");
    return result;
  };

type Loss = (labels: Tensor, logits: Tensor) => Tensor;
type Losses = string | Loss | (string | Loss)[] | Record<string, string | Loss>;

/** The real one's own loss, as far as its name tells the model what targets look like. */
const sparse: Loss = () => scalar(NaN);

export const layers = {
  dense: ({ units }: { units: number; inputShape: number[] }) => ({ name: "dense", units }),
};

/** A model of layers, one for each output, whose logits are 0. */
export class LayersModel {
  loss?: Losses;
  lossFunctions: Loss[] = [];
  metricsTensors: [Loss, number][] = [];
  readonly outputNames: string[];
  readonly #units: readonly number[];
  #wanted: (number | undefined)[] = [];

  constructor(outputs: readonly { readonly name: string; readonly units: number }[]) {
    this.outputNames = outputs.map(({ name }) => name);
    this.#units = outputs.map(({ units }) => units);
  }

  compile({ loss }: { optimizer: string; loss: Losses; metrics?: string[] }): void {
    this.loss = loss;
    this.lossFunctions = this.outputNames.map((name, i) => {
      const own = Array.isArray(loss) ? loss[i] : typeof loss === "object" ? loss[name] : loss;
      return typeof own === "function" ? own : sparse;
    });
    this.#wanted = this.lossFunctions.map((own, i) => (own === sparse ? 1 : this.#units[i]));
    if (this.lossFunctions.length > 1) this.metricsTensors = this.lossFunctions.map((own, i) => [own, i]);
  }

  fit(_: Tensor, y: Tensor | Tensor[], { epochs }: { epochs: number }): Promise<{ history: { loss: number[] } }> {
    const targets = [y].flat();
    const losses = targets.map((target, i) => {
      const [rows, cols = 1] = target.shape;
      if (cols !== this.#wanted[i]) throw new Error(`target expected a batch of shape [*,${this.#wanted[i]}]`);
      const logits = tensor(new Float32Array(rows * this.#units[i]), [rows, this.#units[i]]);
      return this.lossFunctions[i](target, logits).dataSync()[0];
    });
    const total = losses.reduce((sum, each) => sum + each, 0);
    return Promise.resolve({ history: { loss: new Array<number>(epochs).fill(total) } });
  }
}

/** As the real one, it lets a model of layers do the work. */
export class Sequential {
  loss?: Losses;
  readonly model: LayersModel;

  constructor(model: LayersModel) {
    this.model = model;
  }

  compile(args: Parameters<LayersModel["compile"]>[0]): void {
    this.model.compile(args);
    this.loss = this.model.loss;
  }

  fit(...args: Parameters<LayersModel["fit"]>): ReturnType<LayersModel["fit"]> {
    return this.model.fit(...args);
  }
}

export const sequential = (of: { layers: ReturnType<typeof layers.dense>[] }): Sequential =>
  new Sequential(new LayersModel(of.layers.slice(-1)));
