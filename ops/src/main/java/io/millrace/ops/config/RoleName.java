package io.millrace.ops.config;

import java.util.Locale;

/** The parts that a process can be started as. */
enum RoleName {
  INGEST,
  LEARNER,
  SERVING;

  /** As it is written on the command line. */
  String word() {
    return name().toLowerCase(Locale.ROOT);
  }
}
