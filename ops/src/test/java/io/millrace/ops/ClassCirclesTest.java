package io.millrace.ops;

import static com.tngtech.archunit.base.DescribedPredicate.alwaysTrue;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideOutsideOfPackage;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;
import com.tngtech.archunit.library.dependencies.SliceAssignment;
import com.tngtech.archunit.library.dependencies.SliceIdentifier;

/**
 * No class knows one that knows it, by whatever way round. Nested classes count as the class they
 * are nested in: what must know each other stands in one file.
 */
@AnalyzeClasses(packages = "io.millrace", importOptions = MainCode.class)
class ClassCirclesTest {
  @ArchTest
  static final ArchRule NO_CLASS_CIRCLES =
      slices()
          .assignedFrom(new TopLevelClasses())
          .namingSlices("$1")
          .should()
          .beFreeOfCycles()
          .ignoreDependency(alwaysTrue(), resideOutsideOfPackage("io.millrace.."));

  private static final class TopLevelClasses implements SliceAssignment {
    @Override
    public SliceIdentifier getIdentifierOf(JavaClass javaClass) {
      return SliceIdentifier.of(topLevel(javaClass));
    }

    private static String topLevel(JavaClass javaClass) {
      String name = javaClass.getName();
      int nested = name.indexOf('$');
      return nested < 0 ? name : name.substring(0, nested);
    }

    @Override
    public String getDescription() {
      return "classes with what is nested in them";
    }
  }
}
