package io.millrace.ops.config;

/** The version that the build wrote into the jar. */
public final class BuildVersion {
  private BuildVersion() {}

  /** Maven's version; {@code development build} where classes are not in a jar. */
  public static String number() {
    String version = BuildVersion.class.getPackage().getImplementationVersion();
    return version == null ? "development build" : version;
  }
}
