package io.millrace.serving.http;

import org.jspecify.annotations.Nullable;

/** A request that is not answered, and why: a status, the field, words. */
final class ApiError extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final int status;
  private final @Nullable String field;

  ApiError(int status, @Nullable String field, String message) {
    super(message, null, false, false);
    this.status = status;
    this.field = field;
  }

  /** The request is wrong. */
  static ApiError bad(String field, String message) {
    return new ApiError(400, field, field + " " + message);
  }

  /** The request is larger than allowed. */
  static ApiError large(String field, String message) {
    return new ApiError(413, field, field + " " + message);
  }

  int status() {
    return status;
  }

  @Nullable String field() {
    return field;
  }
}
