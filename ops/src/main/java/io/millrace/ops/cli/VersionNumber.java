package io.millrace.ops.cli;

import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** A release's number from the command line. */
final class VersionNumber implements ITypeConverter<Long> {
  @Override
  public Long convert(String text) {
    if (!text.matches("[1-9]\\d{0,17}")) {
      throw new TypeConversionException(
          "'" + text + "' is no release: expected its number, as 'millrace releases' lists them");
    }
    return Long.parseLong(text);
  }
}
