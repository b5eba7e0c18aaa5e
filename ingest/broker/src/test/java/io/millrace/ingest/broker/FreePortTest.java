package io.millrace.ingest.broker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.io.IOException;
import java.io.InputStream;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import org.junit.jupiter.api.Test;

class FreePortTest {
  private static final Path OUTGOING = Path.of("/proc/sys/net/ipv4/ip_local_port_range");

  @Test
  void noOutgoingConnectionGetsThePortOfAServerThatIsAway() throws IOException {
    assumeThat(OUTGOING).exists();
    int lowest = Integer.parseInt(atOnce(OUTGOING).strip().split("\\s+")[0]);
    assumeThat(lowest).as("lowest port of outgoing connections").isGreaterThan(FreePort.LAST);
    for (int i = 0; i < 100; i++) {
      assertThat(FreePort.next()).isBetween(FreePort.FIRST, lowest - 1);
    }
  }

  /** Such a file has nothing more to say to whoever asks for a part of it. */
  private static String atOnce(Path file) throws IOException {
    try (InputStream in = Files.newInputStream(file)) {
      return new String(in.readNBytes(64), StandardCharsets.US_ASCII);
    }
  }

  @Test
  void givesNoPortTwiceInARow() throws IOException {
    var given = new HashSet<Integer>();
    for (int i = 0; i < 1_000; i++) {
      assertThat(given.add(FreePort.next())).isTrue();
    }
  }

  @Test
  void passesOverAPortThatIsTaken() throws IOException {
    try (ServerSocket first = FreePort.open("127.0.0.1", 0)) {
      for (int i = FreePort.FIRST; i <= FreePort.LAST; i++) { // once around
        assertThat(FreePort.next()).isNotEqualTo(first.getLocalPort());
      }
    }
  }

  @Test
  void anEmbeddedBrokerHasSuchPorts() {
    Ports ports = Ports.choose("127.0.0.1", 0);
    assertThat(ports.clients()).isBetween(FreePort.FIRST, FreePort.LAST);
    assertThat(ports.controller()).isBetween(FreePort.FIRST, FreePort.LAST);
  }
}
