package io.millrace.ops.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.millrace.ops.config.UserError;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;

class RolesTest {
  private static final Duration SOON = Duration.ofSeconds(20);

  private final List<String> ends = Collections.synchronizedList(new ArrayList<>());

  private Role until(String name, CountDownLatch stop, Role.Body last) {
    return Role.of(
        name,
        () -> {
          stop.await();
          ends.add(name);
          last.run();
        },
        stop::countDown);
  }

  private Role well(String name) {
    return until(name, new CountDownLatch(1), () -> {});
  }

  @Test
  void endsThemInOrder() {
    var roles = new Roles();
    for (String name : List.of("watch", "ingest", "learner", "serving")) {
      roles.start(well(name));
    }
    assertThat(roles.endAll(List.of("learner", "serving", "ingest"), SOON)).isEmpty();
    assertThat(ends).containsExactly("learner", "serving", "ingest", "watch");
    assertThatCode(roles::requireWell).doesNotThrowAnyException();
  }

  @Test
  void aFailureAtTheLastCheckpointIsToldOnceItEnded() {
    var roles = new Roles();
    roles.start(
        until(
            "learner",
            new CountDownLatch(1),
            () -> {
              throw new IOException("no space left on device");
            }));
    roles.requireWell();
    assertThat(roles.endAll(List.of("learner"), SOON)).isEmpty();
    assertThatThrownBy(roles::requireWell)
        .isInstanceOf(UserError.class)
        .hasMessageContaining("learner")
        .hasMessageContaining("no space left on device");
  }

  @Test
  void anErrorFailsARoleToo() {
    var roles = new Roles();
    var start = new CountDownLatch(1);
    roles.start(
        until(
            "ingest",
            start,
            () -> {
              throw new OutOfMemoryError("Java heap space");
            }));
    start.countDown();
    await().atMost(SOON).until(() -> roles.failed() != null);
    assertThatThrownBy(roles::requireWell).hasMessageContaining("ingest: OutOfMemoryError");
  }

  @Test
  void whoDoesNotEndIsNamedAfterOneDeadlineForAll() {
    var roles = new Roles();
    var free = new CountDownLatch(1);
    roles.start(Role.of("learner", free::await, () -> {}));
    roles.start(Role.of("ingest", free::await, () -> {}));
    roles.start(well("serving"));
    long began = System.nanoTime();
    assertThat(roles.endAll(List.of("learner", "ingest"), Duration.ofMillis(100)))
        .containsExactly("learner", "ingest");
    assertThat(Duration.ofNanos(System.nanoTime() - began)).isLessThan(Duration.ofSeconds(10));
    assertThat(RoleThread.anyRuns()).isTrue();
    free.countDown();
    assertThat(roles.endAll(List.of(), SOON)).isEmpty();
  }

  @Test
  void aRoleThatEndsUnaskedIsNoticedThoughNothingFailed() {
    var roles = new Roles();
    var free = new CountDownLatch(1);
    var goes = new CountDownLatch(1);
    roles.start(Role.of("stays", free::await, free::countDown));
    roles.start(Role.of("goes", goes::await, () -> {}));
    assertThat(roles.ended()).isNull();
    goes.countDown();
    await().atMost(SOON).until(() -> roles.ended() != null);
    assertThat(roles.ended().name()).isEqualTo("goes");
    assertThat(roles.failed()).isNull();
    assertThat(roles.endAll(List.of(), SOON)).isEmpty();
    assertThat(roles.ended()).as("all are asked to end now").isNull();
  }

  @Test
  void hungDecodersFailTheProcess() {
    var roles = new Roles();
    var guard = new DecodeGuard();
    roles.start(guard);
    guard.decodeHung(3, false);
    roles.requireWell();
    guard.decodeHung(4, true);
    await().atMost(SOON).until(() -> roles.failed() != null);
    assertThatThrownBy(roles::requireWell).hasMessageContaining("decoding: 4 threads hang");
  }

  @Test
  void aGuardWithNothingToSayEndsWell() {
    var roles = new Roles();
    roles.start(new DecodeGuard());
    assertThat(roles.endAll(List.of(), SOON)).isEmpty();
    roles.requireWell();
  }
}
