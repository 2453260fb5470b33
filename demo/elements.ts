/** The page's element of this id and type. A missing one is a mistake of the page, and not of its reader. */
export function part<E extends Element>(id: string, type: new () => E): E {
  const element: Element | null = document.getElementById(id);
  if (!(element instanceof type)) throw new Error(`the page has no ${type.name} #${id}`);
  return element;
}

type Attributes = Readonly<Record<string, string | number>>;

/** A new element with these attributes and children. */
export function make<Tag extends keyof HTMLElementTagNameMap>(
  tag: Tag,
  attributes: Attributes = {},
  ...children: readonly (Node | string)[]
): HTMLElementTagNameMap[Tag] {
  return filled(document.createElement(tag), attributes, children);
}

/** The same of SVG. */
export function makeSvg<Tag extends keyof SVGElementTagNameMap>(
  tag: Tag,
  attributes: Attributes = {},
  ...children: readonly (Node | string)[]
): SVGElementTagNameMap[Tag] {
  return filled(document.createElementNS("http://www.w3.org/2000/svg", tag), attributes, children);
}

function filled<E extends Element>(element: E, attributes: Attributes, children: readonly (Node | string)[]): E {
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, String(value));
  element.append(...children);
  return element;
}

/** The radio buttons of a fieldset: calls back with the value chosen, and gives the one that is. */
export function choice<Value extends string>(id: string, values: readonly Value[], onChange: (value: Value) => void) {
  const fieldset = part(id, HTMLFieldSetElement);
  const inputs = [...fieldset.querySelectorAll("input")];
  const valueOf = (input: HTMLInputElement): Value => {
    const value = values.find((one) => one === input.value);
    if (value === undefined) throw new Error(`#${id} offers "${input.value}"`);
    return value;
  };
  for (const input of inputs) input.addEventListener("change", () => onChange(valueOf(input)));
  const current = () => {
    const checked = inputs.find((input) => input.checked);
    return checked ? valueOf(checked) : values[0];
  };
  const enable = (enabled: boolean) => (fieldset.disabled = !enabled);
  return { current, enable };
}
