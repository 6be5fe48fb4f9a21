/** What somebody should mend although the work goes on; shown in `/guardia status`, `/health/ready` and `/metrics`. */
export interface Warning {
  /** `catalogue-refused`; deploy/README.md lists them. */
  name: string;
  /** What is wrong and what to do about it, without secrets. May have several lines. */
  says: string;
}

export type Warnings = () => readonly Warning[];
