package io.millrace.ops.health;

/** Says whether a component would work if it were used now, without changing anything. */
public interface Check {
  /** Component, such as {@code broker}. */
  String name();

  /** Looks; may take up to a second or two. What it throws counts as a failure. */
  CheckResult look() throws Exception;

  /** What {@link #look} finds, or throws, as a result. */
  default CheckResult result() {
    try {
      return look();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return CheckResult.fail(name(), "interrupted while looking");
    } catch (Exception e) {
      String message = e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage();
      return CheckResult.fail(name(), message.lines().findFirst().orElse(message));
    }
  }

  /** A check from a function. */
  static Check of(String name, Look look) {
    return new Check() {
      @Override
      public String name() {
        return name;
      }

      @Override
      public CheckResult look() throws Exception {
        return look.look();
      }
    };
  }

  /** The looking itself. */
  @FunctionalInterface
  interface Look {
    CheckResult look() throws Exception;
  }
}
