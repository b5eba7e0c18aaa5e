package io.millrace.serving.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class RequestContextTest {
  private final AtomicLong now = new AtomicLong();
  private final Semaphore bytes = new Semaphore(16);

  @Test
  void bodiesShareTheirRoomAndGiveItBack() {
    RequestContext first = visit();
    RequestContext second = visit();
    first.take(6);
    first.take(6);
    second.take(4);
    assertThatThrownBy(() -> second.take(1))
        .isInstanceOfSatisfying(ApiError.class, e -> assertThat(e.status()).isEqualTo(429));
    first.end();
    second.take(12);
    second.end();
    assertThat(bytes.availablePermits()).isEqualTo(16);
  }

  @Test
  void aBodyThatIsLateIsToldFromAnAnswerThatIsLate() {
    RequestContext request = visit();
    request.take(1);
    request.check();
    now.set(Duration.ofSeconds(3).toNanos());
    assertThatThrownBy(() -> request.take(1))
        .isInstanceOfSatisfying(ApiError.class, e -> assertThat(e.status()).isEqualTo(408));
    assertThatThrownBy(request::check)
        .isInstanceOfSatisfying(ApiError.class, e -> assertThat(e.status()).isEqualTo(503));
  }

  private RequestContext visit() {
    return new RequestContext(Duration.ofSeconds(3), now::get, bytes);
  }
}
