package io.millrace.ops.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import com.fasterxml.jackson.dataformat.yaml.YAMLGenerator;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import io.millrace.ingest.topology.TopicCatalog;
import io.millrace.ingest.topology.TopicSpec;
import io.millrace.ops.config.ConfigException;
import io.millrace.ops.config.MillraceConfig;
import io.millrace.ops.node.ClientRights;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import org.apache.kafka.common.acl.AclOperation;
import org.apache.kafka.common.resource.PatternType;
import org.apache.kafka.common.resource.ResourcePattern;
import org.apache.kafka.common.utils.SecurityUtils;

/** The rights of every kind of process as text that other tools read. */
final class AclText {
  static final String ROLE = "{role}";

  private static final YAMLMapper YAML =
      new YAMLMapper(
          new YAMLFactory()
              .enable(YAMLGenerator.Feature.MINIMIZE_QUOTES)
              .disable(YAMLGenerator.Feature.SPLIT_LINES));

  /** Which tool reads it. */
  enum Form {
    /** Lines for {@code kafka-acls.sh}. */
    COMMANDS,
    /** KafkaTopic and KafkaUser resources for Strimzi. */
    STRIMZI
  }

  private final MillraceConfig config;
  private final String users;
  private final String cluster;

  /**
   * @param users name of a role's user, with {@link #ROLE} in it
   * @param cluster Strimzi's name of the Kafka cluster
   * @throws ConfigException when all roles would be one user
   */
  AclText(MillraceConfig config, String users, String cluster) {
    if (!users.contains(ROLE)) {
      throw new ConfigException("--users is '" + users + "': expected " + ROLE + " in it");
    }
    this.config = config;
    this.users = users;
    this.cluster = cluster;
  }

  String text(Form form) {
    return form == Form.COMMANDS ? commands() : strimzi();
  }

  private String user(ClientRights client) {
    return users.replace(ROLE, client.word());
  }

  private String commands() {
    var out = new StringBuilder();
    for (ClientRights client : ClientRights.values()) {
      out.append("# ").append(client.word()).append('\n');
      for (ClientRights.Right right : client.of(config)) {
        out.append("kafka-acls.sh --bootstrap-server ")
            .append(config.kafka().bootstrapServers())
            .append(" --command-config admin.properties --add --allow-principal 'User:")
            .append(user(client))
            .append("' ")
            .append(option(right.on()))
            .append(" --resource-pattern-type ")
            .append(right.on().patternType().name().toLowerCase(Locale.ROOT));
        right.operations().forEach(o -> out.append(" --operation ").append(name(o)));
        out.append('\n');
      }
    }
    return out.toString();
  }

  private static String option(ResourcePattern on) {
    String option =
        switch (on.resourceType()) {
          case TOPIC -> "--topic";
          case GROUP -> "--group";
          case TRANSACTIONAL_ID -> "--transactional-id";
          default -> throw new IllegalArgumentException("no right is on a " + on.resourceType());
        };
    return option + " '" + on.name() + "'";
  }

  private static String name(AclOperation operation) {
    return SecurityUtils.operationName(operation);
  }

  private String strimzi() {
    var documents = new ArrayList<Map<String, Object>>();
    for (TopicSpec topic : TopicCatalog.of(config.topicNames(), config.topics())) {
      documents.add(topic(topic));
    }
    for (ClientRights client : ClientRights.values()) {
      documents.add(user(client, client.of(config)));
    }
    return documents.stream().map(AclText::yaml).collect(Collectors.joining());
  }

  private static String yaml(Map<String, Object> document) {
    try {
      return YAML.writeValueAsString(document);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("names and numbers have no YAML", e);
    }
  }

  private Map<String, Object> topic(TopicSpec topic) {
    var spec = new LinkedHashMap<String, Object>();
    spec.put("topicName", topic.name());
    spec.put("partitions", topic.partitions());
    spec.put("replicas", topic.replicationFactor());
    spec.put("config", topic.configs());
    return resource("KafkaTopic", topic.name(), spec);
  }

  private Map<String, Object> user(ClientRights client, List<ClientRights.Right> rights) {
    var acls = new ArrayList<Map<String, Object>>();
    for (ClientRights.Right right : rights) {
      var resource = new LinkedHashMap<String, Object>();
      resource.put("type", type(right.on()));
      resource.put("name", right.on().name());
      resource.put(
          "patternType", right.on().patternType() == PatternType.PREFIXED ? "prefix" : "literal");
      var acl = new LinkedHashMap<String, Object>();
      acl.put("resource", resource);
      acl.put("operations", right.operations().stream().map(AclText::name).toList());
      acls.add(acl);
    }
    var spec = new LinkedHashMap<String, Object>();
    spec.put("authentication", Map.of("type", "scram-sha-512"));
    var authorization = new LinkedHashMap<String, Object>();
    authorization.put("type", "simple");
    authorization.put("acls", acls);
    spec.put("authorization", authorization);
    return resource("KafkaUser", user(client), spec);
  }

  private static String type(ResourcePattern on) {
    return switch (on.resourceType()) {
      case TOPIC -> "topic";
      case GROUP -> "group";
      case TRANSACTIONAL_ID -> "transactionalId";
      default -> throw new IllegalArgumentException("no right is on a " + on.resourceType());
    };
  }

  private Map<String, Object> resource(String kind, String name, Map<String, Object> spec) {
    var metadata = new LinkedHashMap<String, Object>();
    // Kubernetes' names have small letters, digits, '-' and '.' alone.
    metadata.put("name", name.toLowerCase(Locale.ROOT).replaceAll("[^a-z0-9.-]", "-"));
    metadata.put("labels", Map.of("strimzi.io/cluster", cluster));
    var document = new LinkedHashMap<String, Object>();
    document.put("apiVersion", "kafka.strimzi.io/v1");
    document.put("kind", kind);
    document.put("metadata", metadata);
    document.put("spec", spec);
    return document;
  }
}
