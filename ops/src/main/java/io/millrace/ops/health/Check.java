package io.millrace.ops.health;

/** Says whether a component would work if it were used now, without changing anything. */
public interface Check {
  /** Component, such as {@code broker}. */
  String name();

  /** Looks; may take up to a second or two. What it throws counts as a failure. */
  CheckResult look() throws Exception;

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
