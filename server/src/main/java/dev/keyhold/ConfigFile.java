package dev.keyhold;

import dev.keyhold.error.Outside;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.api.lowlevel.Compose;
import org.snakeyaml.engine.v2.exceptions.MarkedYamlEngineException;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;
import org.snakeyaml.engine.v2.nodes.MappingNode;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.NodeTuple;
import org.snakeyaml.engine.v2.nodes.ScalarNode;
import org.snakeyaml.engine.v2.nodes.Tag;

/// Reads `keyhold.yaml` (YAML 1.2) into settings. Works on the tree that the YAML library composes
/// and makes no objects of it: a file can create nothing, and every message can name a line.
final class ConfigFile {
  private static final int MAX_CHARACTERS = 1 << 20;
  private static final Set<String> NAMES =
      Property.ALL.stream().map(Property::name).collect(Collectors.toUnmodifiableSet());

  private static final Set<String> GROUPS =
      NAMES.stream()
          .filter(name -> name.contains("."))
          .map(name -> name.substring(0, name.indexOf('.')))
          .collect(Collectors.toUnmodifiableSet());

  private final Path file;
  private final Map<String, Setting> settings = new LinkedHashMap<>();

  private ConfigFile(Path file) {
    this.file = file;
  }

  /// @return the settings by property name
  static Map<String, Setting> read(Path file) {
    Exposure.refuseForeignWriters(file);
    var reading = new ConfigFile(file);
    var yaml =
        new Compose(
            LoadSettings.builder()
                .setLabel(file.toString())
                .setCodePointLimit(MAX_CHARACTERS)
                .setAllowRecursiveKeys(false)
                .build());
    try {
      yaml.composeString(Files.readString(file)).ifPresent(root -> reading.group("", root));
    } catch (NoSuchFileException _) {
      throw new ConfigException("The configuration file " + file + " does not exist.");
    } catch (CharacterCodingException _) {
      throw new ConfigException("The configuration file " + file + " is not UTF-8.");
    } catch (IOException failure) {
      throw new ConfigException(
          "The configuration file can't be read: " + Outside.words(failure) + ".");
    } catch (YamlEngineException broken) {
      throw new ConfigException(reading.problem(broken));
    }
    return reading.settings;
  }

  private String problem(YamlEngineException broken) {
    if (broken instanceof MarkedYamlEngineException marked) {
      String line =
          marked.getProblemMark().map(mark -> ", line " + (mark.getLine() + 1)).orElse("");
      return file + line + " is not valid YAML: " + marked.getProblem() + ".";
    }
    return file + " is not valid YAML.";
  }

  /// @param prefix of the properties below `node`: empty, or a group's name and a dot
  private void group(String prefix, Node node) {
    if (!(node instanceof MappingNode mapping)) {
      String what = prefix.isEmpty() ? "The file" : prefix.substring(0, prefix.length() - 1);
      throw new ConfigException(
          where(node)
              + ": "
              + what
              + " must be a group of properties, one \"name: value\" a line.");
    }
    Set<String> seen = new HashSet<>();
    for (NodeTuple member : mapping.getValue()) {
      String name = prefix + (member.getKeyNode() instanceof ScalarNode key ? key.getValue() : "?");
      if (!seen.add(name)) {
        throw new ConfigException(where(member.getKeyNode()) + ": " + name + " is set twice.");
      }
      member(name, member);
    }
  }

  private void member(String name, NodeTuple member) {
    String where = where(member.getKeyNode());
    if (NAMES.contains(name)) {
      settings.put(name, new Setting(scalar(name, where, member), where, folder()));
    } else if (GROUPS.contains(name)) {
      group(name + ".", member.getValueNode());
    } else {
      var known = new HashSet<>(NAMES);
      known.addAll(GROUPS);
      throw Settings.unknown(name, where, known);
    }
  }

  private static String scalar(String name, String where, NodeTuple member) {
    if (!(member.getValueNode() instanceof ScalarNode scalar)) {
      throw new ConfigException(where + ": " + name + " must be one value, not a list or a group.");
    }
    if (scalar.getTag().equals(Tag.NULL)) {
      throw new ConfigException(
          where + ": " + name + " has no value. Give one, or remove the line for the default.");
    }
    return scalar.getValue();
  }

  private Path folder() {
    return file.toAbsolutePath().resolveSibling("").normalize();
  }

  private String where(Node node) {
    return file + node.getStartMark().map(mark -> ", line " + (mark.getLine() + 1)).orElse("");
  }
}
