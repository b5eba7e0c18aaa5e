package io.millrace.learner.bench;

import java.util.Locale;

/** What is killed. */
enum ChaosPart {
  BROKER,
  INGEST,
  LEARNER,
  SERVING,
  PUBLISHER,
  /** A second learner of the same model, which stands by; only where it is asked for. */
  STANDBY;

  /** The role that a process of this part has. */
  String role() {
    return this == STANDBY ? LEARNER.toString() : toString();
  }

  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT);
  }
}
