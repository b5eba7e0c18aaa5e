package io.millrace.learner.bench;

import java.util.Locale;

/** What is killed. */
enum ChaosPart {
  BROKER,
  INGEST,
  LEARNER,
  SERVING,
  PUBLISHER;

  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT);
  }
}
