package io.millrace.serving.http;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class GuardTest {
  @Test
  void aClientIsAnAddressOrAnIpv6Network() {
    assertThat(AdmissionControl.client("10.0.0.1")).isEqualTo("10.0.0.1");
    assertThat(AdmissionControl.client("2001:db8:1:2:aaaa::1"))
        .isEqualTo(AdmissionControl.client("[2001:db8:1:2::9]"));
    assertThat(AdmissionControl.client("2001:db8:1:3::1"))
        .isNotEqualTo(AdmissionControl.client("2001:db8:1:2::1"));
    assertThat(AdmissionControl.client("::ffff:10.0.0.1"))
        .isEqualTo(AdmissionControl.client("10.0.0.1"));
  }
}
