/* global addEventListener, close, setTimeout */
// A worker of the user's: the library's, and beside it one that dies when it is told to.

import "./library.worker.mjs";

addEventListener("message", ({ data: { die } }) => {
  if (die === "close") close();
  if (die === "throw")
    setTimeout(() => {
      throw new Error("boom");
    });
});
