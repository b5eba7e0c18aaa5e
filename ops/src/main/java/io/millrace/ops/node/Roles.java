package io.millrace.ops.node;

import io.millrace.ops.config.UserError;
import io.millrace.ops.terminal.FailureText;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** The roles that this process runs. */
public final class Roles {
  private static final Duration LOOK = Duration.ofMillis(200);

  private final List<RoleThread> all = new CopyOnWriteArrayList<>();
  private final Function<Throwable, String> words;

  Roles() {
    this(FailureText::of);
  }

  /**
   * @param words a failure in one line for people
   */
  Roles(Function<Throwable, String> words) {
    this.words = words;
  }

  void start(Role role) {
    var thread = new RoleThread(role);
    all.add(thread);
    thread.start();
  }

  int count() {
    return all.size();
  }

  /** Names of those that run. */
  List<String> alive() {
    return all.stream().filter(RoleThread::running).map(RoleThread::name).toList();
  }

  /** The first role that ended by itself with a failure; null while all is well. */
  public @Nullable RoleThread failed() {
    return all.stream().filter(r -> r.failure() != null).findFirst().orElse(null);
  }

  /** The first role that ended by itself, with or without a failure; null while all go on. */
  @Nullable RoleThread ended() {
    return all.stream().filter(RoleThread::endedByItself).findFirst().orElse(null);
  }

  /**
   * Says why not all is well.
   *
   * @throws UserError when a role failed
   */
  void requireWell() {
    RoleThread failed = failed();
    if (failed != null) {
      throw failed(failed, words);
    }
  }

  /** A role's failure as text. */
  public static UserError failed(RoleThread role) {
    return failed(role, FailureText::of);
  }

  private static UserError failed(RoleThread role, Function<Throwable, String> words) {
    Throwable why = role.failure();
    return why == null
        ? new UserError(role.name() + ": ended")
        : new UserError(role.name() + ": " + words.apply(why), why);
  }

  /** Asks a role to end and waits for it; returns whether it has. */
  boolean end(String name, Duration most) {
    for (RoleThread role : all) {
      if (role.name().equals(name)) {
        role.requestStop();
        return role.join(most);
      }
    }
    return true;
  }

  /**
   * Asks all to end and waits for them, so long at most for all together; returns the names of
   * those that have not.
   *
   * @param first who ends one after the other, before the rest are asked
   * @param meanwhile called now and then while they end
   */
  List<String> endAll(List<String> first, Duration most, Runnable meanwhile) {
    long end = System.nanoTime() + most.toNanos();
    for (String name : first) {
      while (!end(name, shorter(LOOK, left(end))) && !left(end).isZero()) {
        meanwhile.run();
      }
    }
    all.forEach(RoleThread::requestStop);
    var alive = new ArrayList<String>();
    for (RoleThread role : all) {
      if (!role.join(left(end))) {
        alive.add(role.name());
      }
    }
    return alive;
  }

  /** Asks all to end and waits for them. */
  List<String> endAll(List<String> first, Duration most) {
    return endAll(first, most, () -> {});
  }

  private static Duration shorter(Duration a, Duration b) {
    return a.compareTo(b) < 0 ? a : b;
  }

  private static Duration left(long end) {
    return Duration.ofNanos(Math.max(0, end - System.nanoTime()));
  }
}
