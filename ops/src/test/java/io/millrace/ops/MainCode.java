package io.millrace.ops;

import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.core.importer.Location;

/**
 * Leaves out tests, which come as folders while modules are tested and as jars in a whole build.
 */
public final class MainCode implements ImportOption {
  private static final ImportOption NO_FOLDER_OF_TESTS = new ImportOption.DoNotIncludeTests();

  @Override
  public boolean includes(Location location) {
    return NO_FOLDER_OF_TESTS.includes(location) && !location.contains("-tests.jar");
  }
}
