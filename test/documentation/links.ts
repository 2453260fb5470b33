const CODE = /^```.*?^```$|`[^`\n]*`/gms;

/** Where the document's links go, but for those to the web. */
export function linksOf(text: string): string[] {
  const links = text.replace(CODE, "").matchAll(/(?<=\]\()[^)\s]+(?=\))|(?<=\b(?:src|srcset|href)=")[^"]+/g);
  return [...links].map(([link]) => link).filter((link) => !/^https?:/.test(link));
}

/** What follows the # in links to the document's headings, as GitHub makes it. */
export const anchorsOf = (text: string): string[] =>
  [...text.matchAll(/^#+ (.*)$/gm)].map(([, heading]) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}\s_-]/gu, "")
      .replaceAll(" ", "-"),
  );
