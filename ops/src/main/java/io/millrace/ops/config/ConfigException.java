package io.millrace.ops.config;

/**
 * A configuration that can't be used: the message names the key, its value and what is expected.
 */
final class ConfigException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  ConfigException(String message) {
    super(message);
  }
}
