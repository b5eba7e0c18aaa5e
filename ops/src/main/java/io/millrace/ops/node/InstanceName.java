package io.millrace.ops.node;

import io.millrace.ops.config.MillraceConfig;
import io.millrace.ops.config.RoleName;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Set;

/** What this process is called among those that run the same roles. */
final class InstanceName {
  private InstanceName() {}

  /** Serving has a name that no two share and that stays; others go by their pod or machine. */
  static String of(MillraceConfig config, Set<RoleName> roles) {
    return roles.contains(RoleName.SERVING) ? config.serving().instance() : host();
  }

  /** The pod's name in Kubernetes, else the machine's. */
  static String host() {
    String pod = System.getenv("POD_NAME");
    try {
      return pod == null || pod.isBlank() ? InetAddress.getLocalHost().getHostName() : pod;
    } catch (UnknownHostException e) {
      return "unknown-host";
    }
  }
}
