package io.millrace.ops.config;

import java.util.Collection;
import java.util.List;
import java.util.Locale;

/** The parts that a process can be started as. */
public enum RoleName {
  INGEST,
  LEARNER,
  SERVING;

  /** As it is written on the command line. */
  public String word() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** The same of several. */
  public static List<String> list(Collection<RoleName> roles) {
    return roles.stream().map(RoleName::word).toList();
  }
}
