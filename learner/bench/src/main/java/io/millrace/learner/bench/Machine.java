package io.millrace.learner.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The machine a benchmark ran on. */
final class Machine {
  private Machine() {}

  static Map<String, Object> describe() throws IOException {
    var out = new LinkedHashMap<String, Object>();
    out.put("processors", Runtime.getRuntime().availableProcessors());
    out.put("cpu", first("/proc/cpuinfo", "model name\\s*:\\s*(.*)"));
    out.put("vectorExtensions", vectorExtensions());
    out.put("memory", first("/proc/meminfo", "MemTotal:\\s*(.*)"));
    out.put("java", System.getProperty("java.vm.version"));
    out.put("os", System.getProperty("os.name") + " " + System.getProperty("os.arch"));
    return out;
  }

  /** Whether the CPU multiplies bfloat16 in hardware. */
  static boolean hasBf16() throws IOException {
    return vectorExtensions().stream().anyMatch(f -> f.contains("bf16"));
  }

  private static TreeSet<String> vectorExtensions() throws IOException {
    var found = new TreeSet<String>();
    for (String flag : first("/proc/cpuinfo", "flags\\s*:\\s*(.*)").split(" ")) {
      if (flag.matches("avx2|avx512.*|amx.*|avx_vnni|asimd|bf16|sve.*")) {
        found.add(flag);
      }
    }
    return found;
  }

  /** Resident bytes of this process now; −1 where the system does not tell. */
  static long residentBytes() throws IOException {
    String kib = first("/proc/self/status", "VmRSS:\\s*(\\d+) kB");
    return kib.equals("unknown") ? -1 : Long.parseLong(kib) * 1024;
  }

  private static String first(String file, String pattern) throws IOException {
    Path path = Path.of(file);
    if (!Files.isReadable(path)) {
      return "unknown";
    }
    Matcher m = Pattern.compile(pattern).matcher(Files.readString(path));
    return m.find() ? m.group(1).trim() : "unknown";
  }
}
