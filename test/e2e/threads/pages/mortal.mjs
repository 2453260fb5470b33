/* global addEventListener, close */
// Dies at the next task when it is told to.

let die;
addEventListener("message", ({ data }) => {
  die = data.die ?? die;
  if (data.softmaxWasm !== "task" || die === undefined) return;
  if (die === "close") close();
  throw new Error("boom");
});
