/** Why a runtime cannot be had on this machine: its rows are skipped and say so, and are no failure. */
export class Unavailable extends Error {}
