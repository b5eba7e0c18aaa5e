package io.millrace.ops.health;

/**
 * What a check found.
 *
 * @param name component, such as {@code broker}
 * @param ok whether it would work now
 * @param detail one line for people: what is there, or what would fail and why
 */
public record CheckResult(String name, boolean ok, String detail) {
  /** It would work. */
  public static CheckResult pass(String name, String detail) {
    return new CheckResult(name, true, detail);
  }

  /** It would fail. */
  public static CheckResult fail(String name, String detail) {
    return new CheckResult(name, false, detail);
  }
}
