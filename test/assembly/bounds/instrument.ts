// The kernels' module with a check before every access to memory: whoever instantiates it says which bytes may be read and
// which written, at any time.
//
// Made from the module's text, one instruction a line, and so of every instruction there is:
// binaryen's own pass of the kind leaves out v128.load*_splat, *_zero and *_lane, memory.copy and memory.fill.

import binaryen from "assemblyscript/binaryen";

/** What is allowed of a byte. */
export const READ = 1;
export const WRITE = 2;

/** Where in the module memory is accessed. */
interface Site {
  /** Its function and instruction. */
  readonly name: string;
  readonly need: typeof READ | typeof WRITE;
}

export interface Instrumented {
  readonly module: WebAssembly.Module;
  readonly sites: readonly Site[];
}

const ACCESS = /^\s*((?:i32|i64|f32|f64|v128)\.(load|store)(\d+)?\w*)(?: offset=(\d+))?(?: align=\d+)?( \d+)?$/;
const BULK = /^\s*memory\.(copy|fill)$/;
/** Wider than both of them: whatever may touch memory, by its name. */
const ANY = /\bmemory\.\w+|\.\w*(?:load|store|atomic|rmw)\w*/g;

/** Bytes of an access, by the instruction's name: those of its type, or those that it names. */
function widthOf(opcode: string): number {
  const [type, name] = opcode.split(".");
  const extending = /^load(8x8|16x4|32x2)/.test(name);
  const bits = extending ? "64" : /\d+/.exec(name)?.[0];
  if (bits !== undefined) return Number(bits) / 8;
  return { i32: 4, i64: 8, f32: 4, f64: 8, v128: 16 }[type] as number;
}

/** The text of the module with a call before every access, which passes the address on or throws. */
export function instrumentText(text: string): { text: string; sites: Site[] } {
  const sites: Site[] = [];
  let name = "";
  const lines = text.split("\n").map((line) => {
    const func = /^ \(func (\S+)/.exec(line);
    if (func) name = func[1];
    const add = (opcode: string, need: Site["need"]): number => sites.push({ name: `${name} ${opcode}`, need }) - 1;
    const bulk = BULK.exec(line);
    // The source's site is followed by the destination's.
    if (bulk?.[1] === "copy")
      return `i32.const ${add("memory.copy", READ)}\ncall $bounds/copy (; ${add("to", WRITE)} ;)`;
    if (bulk) return `i32.const ${add("memory.fill", WRITE)}\ncall $bounds/fill`;
    const access = ACCESS.exec(line);
    if (access === null) return line;
    const [, opcode, kind, , offset = "0"] = access;
    const hasLane = access.at(5) !== undefined;
    const need = kind === "store" ? WRITE : READ;
    const check = `i32.const ${offset}\ni32.const ${widthOf(opcode)}\ni32.const ${add(opcode, need)}\ni32.const ${need}\ncall $bounds/check`;
    // What lies above the address on the stack is put aside meanwhile.
    const above = kind === "store" ? opcode.split(".")[0] : hasLane ? "v128" : undefined;
    if (above === undefined) return `${check}\n${line}`;
    return `global.set $bounds/${above}\n${check}\nglobal.get $bounds/${above}\n${line}`;
  });
  const imports = [
    '(import "bounds" "check" (func $bounds/check (param i32 i32 i32 i32 i32) (result i32)))',
    '(import "bounds" "copy" (func $bounds/copy (param i32 i32 i32 i32)))',
    '(import "bounds" "fill" (func $bounds/fill (param i32 i32 i32 i32)))',
    ...["i32", "i64", "f32", "f64"].map((type) => `(global $bounds/${type} (mut ${type}) (${type}.const 0))`),
    "(global $bounds/v128 (mut v128) (v128.const i64x2 0 0))",
  ];
  const [first, ...rest] = lines;
  const instrumented = [first, ...imports, ...rest].join("\n");

  const found = text.match(ANY)?.length ?? 0;
  const covered = sites.filter(({ name }) => !name.endsWith(" to")).length;
  if (found !== covered) throw new Error(`${found} instructions may touch memory, and ${covered} of them are checked`);
  return { text: instrumented, sites };
}

export function instrument(text: string): Instrumented {
  const { text: instrumented, sites } = instrumentText(text);
  return { module: new WebAssembly.Module(assemble(instrumented)), sites };
}

/** The binary of a module's text. */
export function assemble(text: string): Uint8Array<ArrayBuffer> {
  const module = binaryen.parseText(text);
  try {
    module.setFeatures(binaryen.Features.All);
    return Uint8Array.from(module.emitBinary());
  } finally {
    module.dispose();
  }
}

/** The text of a binary, one instruction a line. */
export function textOf(wasm: Uint8Array): string {
  const module = binaryen.readBinary(wasm);
  try {
    return module.emitStackIR();
  } finally {
    module.dispose();
  }
}

/** Where the rights begin in the checker's memory; before them are the counts of the sites. */
const RIGHTS = 65536;

/**
 * The check itself, in a module with a memory of its own: a call of JavaScript for each access would be most of a test's
 * time. It counts the site, and passes the address on; what it finds no right to, it leaves to `refuse`.
 */
const CHECKER = `(module
  (import "bounds" "refuse" (func $refuse (param i32 i32 i32 i32)))
  (memory (export "memory") 1)
  (global $length (export "length") (mut i32) (i32.const 0))
  (func (export "check")
    (param $address i32) (param $offset i32) (param $bytes i32) (param $site i32) (param $need i32) (result i32)
    (if (call $isRefused (local.get $address) (local.get $offset) (local.get $bytes) (local.get $need))
      (then (call $refuse (local.get $address) (local.get $offset) (local.get $bytes) (local.get $site))))
    (local.set $site (i32.shl (local.get $site) (i32.const 2)))
    (i32.store (local.get $site) (i32.add (i32.load (local.get $site)) (i32.const 1)))
    (local.get $address))
  (func $isRefused (param $address i32) (param $offset i32) (param $bytes i32) (param $need i32) (result i32)
    (if (i64.gt_u
          (i64.add (i64.extend_i32_u (local.get $address))
            (i64.extend_i32_u (i32.add (local.get $offset) (local.get $bytes))))
          (i64.extend_i32_u (global.get $length)))
      (then (return (i32.const 1))))
    ;; A bit for each of 16 bytes without the right, of which the lowest are those of the access.
    (i8x16.bitmask (i8x16.eq (v128.const i64x2 0 0) (v128.and (i8x16.splat (local.get $need))
      (v128.load offset=${RIGHTS} align=1 (i32.add (local.get $address) (local.get $offset))))))
    (i32.and (i32.sub (i32.shl (i32.const 1) (local.get $bytes)) (i32.const 1)))))`;

interface Checker {
  readonly memory: WebAssembly.Memory;
  /** How many bytes there may be rights to. */
  readonly length: WebAssembly.Global;
}

let checker: WebAssembly.Module | undefined;

type Exports = Readonly<Record<string, (...args: number[]) => unknown>>;

/** An instance whose every access to memory is held against `rights`. */
export class CheckedInstance {
  readonly exports: Exports;
  readonly memory: WebAssembly.Memory;
  /** READ, WRITE, both or nothing, for each byte; what lies beyond its end is nobody's. */
  rights = new Uint8Array(0);
  /** What was accessed without a right to it: the first few. */
  readonly violations: string[] = [];
  readonly #sites: readonly Site[];
  readonly #checker: Checker;
  readonly #granted: [address: number, bytes: number][] = [];

  constructor({ module, sites }: Instrumented) {
    this.#sites = sites;
    checker ??= new WebAssembly.Module(assemble(CHECKER));
    const { exports: check } = new WebAssembly.Instance(checker, {
      bounds: {
        refuse: (address: number, offset: number, bytes: number, site: number) => {
          this.#check((address >>> 0) + offset, bytes, site);
        },
      },
    });
    this.#checker = check as unknown as Checker;
    const instance = new WebAssembly.Instance(module, {
      bounds: {
        check: check.check,
        copy: (to: number, from: number, bytes: number, site: number) => {
          this.reached[site]++;
          this.reached[site + 1]++;
          this.#check(from >>> 0, bytes >>> 0, site);
          this.#check(to >>> 0, bytes >>> 0, site + 1);
          new Uint8Array(this.memory.buffer).copyWithin(to >>> 0, from >>> 0, (from >>> 0) + (bytes >>> 0));
        },
        fill: (to: number, value: number, bytes: number, site: number) => {
          this.reached[site]++;
          this.#check(to >>> 0, bytes >>> 0, site);
          new Uint8Array(this.memory.buffer).fill(value, to >>> 0, (to >>> 0) + (bytes >>> 0));
        },
      },
    });
    this.exports = instance.exports as unknown as Exports;
    this.memory = instance.exports.memory as WebAssembly.Memory;
  }

  /** How often each site was reached. */
  get reached(): Uint32Array {
    return new Uint32Array(this.#checker.memory.buffer, 0, this.#sites.length);
  }

  /** Rights to none of so many bytes of memory. */
  forget(bytes: number): void {
    const { memory, length } = this.#checker;
    const missing = RIGHTS + bytes + 16 - memory.buffer.byteLength;
    if (missing > 0) memory.grow(Math.ceil(missing / 65536));
    length.value = bytes;
    this.rights = new Uint8Array(memory.buffer, RIGHTS, bytes).fill(0);
  }

  #check(address: number, bytes: number, site: number): void {
    const { need, name } = this.#sites[site];
    for (let at = address; at < address + bytes; at++) {
      if (this.rights[at] & need) continue;
      if (this.violations.length < 5) {
        const what = need === READ ? "read" : "written";
        this.violations.push(`${name}: ${bytes} bytes at ${address}, of which ${at} may not be ${what}`);
      }
      return;
    }
  }

  /** The sites that nothing has reached. */
  unreached(): string[] {
    const { reached } = this;
    return this.#sites.filter((_, i) => reached[i] === 0).map(({ name }) => name);
  }

  /** Forgets all rights but those to the module's own data: its constants to read, its state to read and write. */
  reset(text: string): void {
    if (this.rights.length !== this.memory.buffer.byteLength) {
      this.forget(this.memory.buffer.byteLength);
      this.rights.fill(READ | WRITE, MEMORY_BASE, this.exports.heapBase() as number);
      for (const { address, bytes } of segmentsOf(text)) this.rights.fill(READ, address, address + bytes);
    }
    for (const [address, bytes] of this.#granted) this.rights.fill(0, address, address + bytes);
    this.#granted.length = 0;
  }

  /** Until the next reset; apart from the module's own data. */
  grant(address: number, bytes: number, rights: number): void {
    this.#granted.push([address, bytes]);
    // All there are, at once: nothing else of a long array takes as long.
    if (rights === (READ | WRITE)) this.rights.fill(rights, address, address + bytes);
    else for (let at = address; at < address + bytes; at++) this.rights[at] |= rights;
  }
}

/** Where asc puts the first of the own data of a module that it does not optimize. */
const MEMORY_BASE = 8;

/** The constants that the module brings. */
function segmentsOf(text: string): { address: number; bytes: number }[] {
  return [...text.matchAll(/^ \(data \S+ \(i32\.const (\d+)\) "((?:[^"\\]|\\.)*)"\)$/gm)].map(
    ([, address, content]) => ({
      address: Number(address),
      // An escape is one byte: two hexadecimal digits, or a letter or a sign.
      bytes: content.replaceAll(/\\(?:[0-9a-f]{2}|.)/g, ".").length,
    }),
  );
}
