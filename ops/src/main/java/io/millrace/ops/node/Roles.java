package io.millrace.ops.node;

import io.millrace.ops.config.UserError;
import io.millrace.ops.terminal.FailureText;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;

/** The roles that this process runs. */
public final class Roles {
  private final List<RoleThread> all = new CopyOnWriteArrayList<>();

  void start(Role role) {
    var thread = new RoleThread(role);
    all.add(thread);
    thread.start();
  }

  int count() {
    return all.size();
  }

  /** The first role that ended by itself with a failure; null while all is well. */
  public @Nullable RoleThread failed() {
    return all.stream().filter(r -> r.failure() != null).findFirst().orElse(null);
  }

  /**
   * Says why not all is well.
   *
   * @throws UserError when a role failed
   */
  void requireWell() {
    RoleThread failed = failed();
    if (failed != null) {
      throw failed(failed);
    }
  }

  /** A role's failure as text. */
  public static UserError failed(RoleThread role) {
    Throwable why = role.failure();
    return why == null
        ? new UserError(role.name() + ": ended")
        : new UserError(role.name() + ": " + FailureText.of(why), why);
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
   */
  List<String> endAll(List<String> first, Duration most) {
    long end = System.nanoTime() + most.toNanos();
    for (String name : first) {
      end(name, left(end));
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

  private static Duration left(long end) {
    return Duration.ofNanos(Math.max(0, end - System.nanoTime()));
  }
}
