package io.millrace.ops.app;

/** The version that the build wrote into the jar. */
final class BuildVersion {
  private BuildVersion() {}

  /** Maven's version; {@code development build} where classes are not in a jar. */
  static String number() {
    String version = BuildVersion.class.getPackage().getImplementationVersion();
    return version == null ? "development build" : version;
  }
}
