package io.millrace.ingest.broker;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class PortsTest {
  @Test
  void neverChoosesOnePortTwice() {
    for (int i = 0; i < 2000; i++) {
      Ports ports = Ports.choose("127.0.0.1", 0);
      assertThat(ports.clients()).isNotEqualTo(ports.controller());
    }
  }
}
