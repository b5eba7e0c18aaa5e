package io.millrace.ops.node;

import io.millrace.learner.membership.GroupSettings;
import io.millrace.learner.membership.RendezvousFolder;
import io.millrace.ops.config.MillraceConfig;
import io.millrace.ops.health.CheckResult;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.UnknownHostException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * What a learner needs to be one of several: a rendezvous folder that it can write to, and an
 * address at which the others reach its collectives, on any free port.
 */
final class GroupCheck {
  private GroupCheck() {}

  /** Looks; the id in the detail is the same on every host that sees the same folder. */
  static CheckResult look(MillraceConfig config) {
    GroupSettings settings = config.learner().group();
    Path folder = config.rendezvousDir();
    String id;
    try {
      id = new RendezvousFolder(folder, config.learner().model()).id();
      Files.delete(Files.createTempFile(folder, ".millrace-", ".probe"));
    } catch (IOException e) {
      return CheckResult.fail(
          "group",
          folder
              + " (learner.group.rendezvousDir) can't be written to: "
              + e
              + "; expected a folder that all learners share");
    }
    try {
      InetAddress address = InetAddress.getLocalHost();
      try (var socket = new ServerSocket()) {
        socket.bind(new InetSocketAddress(address, 0));
      }
      return CheckResult.pass(
          "group",
          "up to %d processes, rendezvous %s (id %s), collectives at %s on any free port%s"
              .formatted(
                  settings.maxSize(),
                  folder,
                  id,
                  address.getHostAddress(),
                  address.isLoopbackAddress()
                      ? ", which only processes of this host can reach"
                      : ""));
    } catch (UnknownHostException e) {
      return CheckResult.fail(
          "group",
          "this host's own name has no address, which collectives need: " + e.getMessage());
    } catch (IOException e) {
      return CheckResult.fail("group", "no port can be bound at this host's name: " + e);
    }
  }
}
