package io.millrace.ops;

import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaPackage;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import java.util.Set;
import java.util.stream.Collectors;

/** No package grows beyond what a reader can survey. */
@AnalyzeClasses(packages = "io.millrace", importOptions = MainCode.class)
class PackageSizeTest {
  private static final int MOST_FILES = 40;

  @ArchTest
  static void noPackageHasTooManyFiles(JavaClasses imported) {
    for (JavaPackage p : imported.getPackage("io.millrace").getSubpackagesInTree()) {
      Set<String> files =
          p.getClasses().stream()
              .filter(c -> !c.isArray())
              .map(JavaClass::getName)
              .filter(name -> name.indexOf('$') < 0)
              .collect(Collectors.toSet());
      assertThat(files).as("files of %s", p.getName()).hasSizeLessThanOrEqualTo(MOST_FILES);
    }
  }
}
