package dev.keyhold.key;

import java.time.Instant;
import java.util.Optional;

/// A [Cmk] in the making: a copy of another, with what differs.
public final class CmkBuilder {
  private KeyId id;
  private ProjectId project;
  private DomainId domain;
  private KeyName name;
  private KeySpec spec;
  private KeyUsage usage;
  private KeyOrigin origin;
  private KeyState state;
  private String description;
  private Instant createdAt;
  private String enterpriseProject;
  private String keystore;
  private boolean defaultKey;
  private int currentVersion;
  private Rotation rotation;
  private Optional<ImportedMaterial> imported;
  private Optional<Regions> regions;
  private long revision;

  CmkBuilder(Cmk from) {
    this.id = from.id();
    this.project = from.project();
    this.domain = from.domain();
    this.name = from.name();
    this.spec = from.spec();
    this.usage = from.usage();
    this.origin = from.origin();
    this.state = from.state();
    this.description = from.description();
    this.createdAt = from.createdAt();
    this.enterpriseProject = from.enterpriseProject();
    this.keystore = from.keystore();
    this.defaultKey = from.defaultKey();
    this.currentVersion = from.currentVersion();
    this.rotation = from.rotation();
    this.imported = from.imported();
    this.regions = from.regions();
    this.revision = from.revision();
  }

  public CmkBuilder id(KeyId value) {
    id = value;
    return this;
  }

  public CmkBuilder project(ProjectId value) {
    project = value;
    return this;
  }

  public CmkBuilder domain(DomainId value) {
    domain = value;
    return this;
  }

  public CmkBuilder name(KeyName value) {
    name = value;
    return this;
  }

  public CmkBuilder spec(KeySpec value) {
    spec = value;
    return this;
  }

  public CmkBuilder usage(KeyUsage value) {
    usage = value;
    return this;
  }

  public CmkBuilder origin(KeyOrigin value) {
    origin = value;
    return this;
  }

  public CmkBuilder state(KeyState value) {
    state = value;
    return this;
  }

  public CmkBuilder description(String value) {
    description = value;
    return this;
  }

  public CmkBuilder createdAt(Instant value) {
    createdAt = value;
    return this;
  }

  public CmkBuilder enterpriseProject(String value) {
    enterpriseProject = value;
    return this;
  }

  public CmkBuilder keystore(KeystoreId value) {
    keystore = value.text();
    return this;
  }

  public CmkBuilder defaultKey(boolean value) {
    defaultKey = value;
    return this;
  }

  public CmkBuilder currentVersion(int value) {
    currentVersion = value;
    return this;
  }

  public CmkBuilder rotation(Rotation value) {
    rotation = value;
    return this;
  }

  public CmkBuilder imported(ImportedMaterial value) {
    imported = Optional.of(value);
    return this;
  }

  public CmkBuilder regions(Optional<Regions> value) {
    regions = value;
    return this;
  }

  public CmkBuilder revision(long value) {
    revision = value;
    return this;
  }

  public Cmk build() {
    return new Cmk(
        id,
        project,
        domain,
        name,
        spec,
        usage,
        origin,
        state,
        description,
        createdAt,
        enterpriseProject,
        keystore,
        defaultKey,
        currentVersion,
        rotation,
        imported,
        regions,
        revision);
  }
}
