package io.millrace.ops.metrics;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.lang.management.MemoryMXBean;
import java.nio.file.Files;
import java.nio.file.Path;

/** What the system says of this process's memory; NaN where it says nothing (not Linux). */
public final class ProcessMemory {
  private static final Path STATUS = Path.of("/proc/self/status");

  private ProcessMemory() {}

  /** Resident now (Linux's VmRSS). */
  public static double residentBytes() {
    return read("VmRSS:");
  }

  /** The most that was ever resident (Linux's VmHWM). */
  public static double peakResidentBytes() {
    return read("VmHWM:");
  }

  /** Resident memory that the JVM's heap and its own areas do not account for; never below 0. */
  static double nativeBytes() {
    MemoryMXBean jvm = ManagementFactory.getMemoryMXBean();
    double committed =
        (double) jvm.getHeapMemoryUsage().getCommitted()
            + jvm.getNonHeapMemoryUsage().getCommitted();
    double resident = residentBytes();
    return Double.isNaN(resident) ? Double.NaN : Math.max(0, resident - committed);
  }

  private static double read(String name) {
    try {
      if (Files.isReadable(STATUS)) {
        for (String line : Files.readAllLines(STATUS)) {
          if (line.startsWith(name)) {
            return Long.parseLong(line.replaceAll("\\D", "")) * 1024.0;
          }
        }
      }
    } catch (IOException | NumberFormatException e) {
      // not said is not known
    }
    return Double.NaN;
  }
}
