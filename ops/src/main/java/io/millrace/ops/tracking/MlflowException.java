package io.millrace.ops.tracking;

import java.io.IOException;

/** The tracking server refused a request. */
final class MlflowException extends IOException {
  private static final long serialVersionUID = 1L;

  private final int status;
  private final String code;

  /**
   * @param code MLflow's {@code error_code}; empty where the answer has none
   */
  MlflowException(String call, int status, String code, String message) {
    super(call + ": " + status + (code.isEmpty() ? "" : " " + code) + " " + message);
    this.status = status;
    this.code = code;
  }

  boolean is(String expected) {
    return code.equals(expected);
  }

  /** Whether the same request would be refused again, because of what it says. */
  boolean blamesTheRequest() {
    return status == 400 || status == 413;
  }
}
