/** The largest and the mean error of a quantity, and the row that has the largest. */
export class UlpErrors {
  worst = 0;
  where = "";
  #sum = 0;
  #count = 0;

  add(error: number, where: string): void {
    this.#sum += error;
    this.#count++;
    // An error that is no number is as bad as they come, and the next one must not make it forgotten.
    if (!(error <= this.worst)) {
      this.worst = Number.isNaN(error) ? Infinity : error;
      this.where = where;
    }
  }

  get mean(): number {
    return this.#sum / this.#count;
  }

  get count(): number {
    return this.#count;
  }
}
