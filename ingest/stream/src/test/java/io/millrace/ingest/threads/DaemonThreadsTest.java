package io.millrace.ingest.threads;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.ThreadFactory;
import org.junit.jupiter.api.Test;

class DaemonThreadsTest {
  @Test
  void noneKeepsAProcessAlive() {
    ThreadFactory numbered = DaemonThreads.numbered("decode-");
    Thread first = numbered.newThread(() -> {});
    Thread second = numbered.newThread(() -> {});
    Thread lowly = DaemonThreads.ofLowPriority("map").newThread(() -> {});
    Thread plain = DaemonThreads.factory("watch").newThread(() -> {});
    assertThat(new Thread[] {first, second, lowly, plain})
        .allMatch(Thread::isDaemon)
        .allMatch(thread -> thread.getState() == Thread.State.NEW)
        .extracting(Thread::getName)
        .containsExactly("decode-1", "decode-2", "map", "watch");
    assertThat(lowly.getPriority()).isEqualTo(Thread.MIN_PRIORITY);
    assertThat(plain.getPriority()).isEqualTo(Thread.NORM_PRIORITY);
  }
}
