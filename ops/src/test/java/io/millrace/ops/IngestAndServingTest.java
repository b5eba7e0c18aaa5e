package io.millrace.ops;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.Architectures.layeredArchitecture;

import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;

/** What a subscriber gets, and the order of the packages of ingest and serving. */
@AnalyzeClasses(packages = "io.millrace", importOptions = MainCode.class)
class IngestAndServingTest {
  @ArchTest
  static final ArchRule THE_STREAM_KNOWS_KAFKAS_CLIENT_AND_JSON =
      classes()
          .that()
          .resideInAPackage("io.millrace.ingest.stream..")
          .should()
          .onlyDependOnClassesThat()
          .resideInAnyPackage(
              "java..",
              "io.millrace.ingest.stream..",
              "org.apache.kafka.clients..",
              "org.apache.kafka.common..",
              "com.fasterxml.jackson..",
              "org.slf4j..",
              "org.jspecify..");

  @ArchTest
  static final ArchRule A_SUBSCRIBERS_CLIENT_KNOWS_THE_STREAM_AND_KAFKAS_CLIENT =
      classes()
          .that()
          .resideInAPackage("io.millrace.serving.client..")
          .should()
          .onlyDependOnClassesThat()
          .resideInAnyPackage(
              "java..",
              "io.millrace.serving.client..",
              "io.millrace.ingest.stream..",
              "org.apache.kafka.clients..",
              "org.apache.kafka.common..",
              "com.fasterxml.jackson..",
              "org.slf4j..",
              "org.jspecify..");

  @ArchTest
  static final ArchRule ONLY_OPS_STARTS_A_BROKER =
      noClasses()
          .that()
          .resideOutsideOfPackages("io.millrace.ingest.broker..", "io.millrace.ops..")
          .should()
          .dependOnClassesThat()
          .resideInAPackage("io.millrace.ingest.broker..");

  @ArchTest
  static final ArchRule THE_BROKER_KNOWS_NO_OTHER_PACKAGE =
      noClasses()
          .that()
          .resideInAPackage("io.millrace.ingest.broker..")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage(
              "io.millrace.ingest.stream..",
              "io.millrace.ingest.image..",
              "io.millrace.ingest.decode..",
              "io.millrace.ingest.source..",
              "io.millrace.ingest.topology..",
              "io.millrace.ingest.feed..");

  @ArchTest
  static final ArchRule INGEST_HAS_AN_ORDER =
      layeredArchitecture()
          .consideringOnlyDependenciesInLayers()
          .layer("stream")
          .definedBy("io.millrace.ingest.stream..")
          .layer("image")
          .definedBy("io.millrace.ingest.image..")
          .layer("decode")
          .definedBy("io.millrace.ingest.decode..")
          .layer("objects")
          .definedBy("io.millrace.ingest.objects..")
          .layer("claim")
          .definedBy("io.millrace.ingest.claim..")
          .layer("source")
          .definedBy("io.millrace.ingest.source..")
          .layer("topology")
          .definedBy("io.millrace.ingest.topology..")
          .layer("feed")
          .definedBy("io.millrace.ingest.feed..")
          .whereLayer("feed")
          .mayNotBeAccessedByAnyLayer()
          .whereLayer("topology")
          .mayNotBeAccessedByAnyLayer()
          .whereLayer("source")
          .mayNotBeAccessedByAnyLayer()
          .whereLayer("objects")
          .mayOnlyBeAccessedByLayers("claim", "topology")
          .whereLayer("claim")
          .mayOnlyBeAccessedByLayers("topology")
          .whereLayer("decode")
          .mayOnlyBeAccessedByLayers("claim", "source", "topology")
          .whereLayer("image")
          .mayOnlyBeAccessedByLayers("decode", "source", "topology", "feed");

  @ArchTest
  static final ArchRule SERVING_HAS_AN_ORDER =
      layeredArchitecture()
          .consideringOnlyDependenciesInLayers()
          .layer("client")
          .definedBy("io.millrace.serving.client..")
          .layer("embed")
          .definedBy("io.millrace.serving.embed..")
          .layer("index")
          .definedBy("io.millrace.serving.index..")
          .layer("auxloss")
          .definedBy("io.millrace.serving.auxloss..")
          .layer("http")
          .definedBy("io.millrace.serving.http..")
          .layer("kafka")
          .definedBy("io.millrace.serving.kafka..")
          .whereLayer("kafka")
          .mayNotBeAccessedByAnyLayer()
          .whereLayer("http")
          .mayOnlyBeAccessedByLayers("kafka")
          .whereLayer("index")
          .mayOnlyBeAccessedByLayers("http", "kafka")
          .whereLayer("auxloss")
          .mayOnlyBeAccessedByLayers("http")
          .whereLayer("embed")
          .mayOnlyBeAccessedByLayers("index", "auxloss", "http", "kafka")
          .whereLayer("client")
          .mayOnlyBeAccessedByLayers("embed", "kafka");
}
