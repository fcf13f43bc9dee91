"""Writes envelope-v1.json: docs/envelope-format.md implemented a second time, sharing no code with Keyhold.

    python3 envelope-v1.py > envelope-v1.json        (needs the package `cryptography`; 48 was used)
    python3 envelope-v1.py --examples                prints section 8 of the page

Containers of a released version are kept for ever: add samples, never change one.
"""

import hashlib
import json
import struct
import sys

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

PURPOSES = {"DATAKEY": 1, "DATA": 2, "PRIVATE_KEY": 3, "SM2_PRIVATE_KEY": 4, "RSA_PRIVATE_KEY": 5}
SUITES = {"XAES_256_GCM": (algorithms.AES, 2), "XSM4_GCM": (algorithms.SM4, 1)}
KEY_IDS = ["0d0466b0-e727-4d9c-b35d-f84bb474a37f", "bb6a3d22-dc93-47ac-b5bd-88df7ad35f1e"]


def le32(number):
    return struct.pack("<I", number)


def counted(content):
    return le32(len(content)) + content


def block(algorithm, key, data):
    encryptor = Cipher(algorithm(key), modes.ECB()).encryptor()
    return encryptor.update(data) + encryptor.finalize()


def xor(one, other):
    return bytes(a ^ b for a, b in zip(one, other, strict=True))


def subkey(algorithm, key):
    l = int.from_bytes(block(algorithm, key, bytes(16)), "big")
    return ((l << 1) & (2**128 - 1) ^ (0x87 if l >> 127 else 0)).to_bytes(16, "big")


def message_key(suite, key, nonce):
    algorithm, blocks = SUITES[suite]
    k1 = subkey(algorithm, key)
    inputs = [bytes([0, i + 1, 0x58, 0]) + nonce[:12] for i in range(blocks)]
    return b"".join(block(algorithm, key, xor(m, k1)) for m in inputs)


def aead(suite, key, nonce, aad, plaintext):
    algorithm, _ = SUITES[suite]
    encryptor = Cipher(algorithm(message_key(suite, key, nonce)), modes.GCM(nonce[12:])).encryptor()
    encryptor.authenticate_additional_data(aad)
    return encryptor.update(plaintext) + encryptor.finalize() + encryptor.tag


def context_bytes(context):
    if context is None:
        return b"\x00" + counted(b"")
    if isinstance(context, str):
        return b"\x01" + counted(context.encode())
    pairs = sorted((k.encode(), v.encode()) for k, v in context.items())
    return b"\x02" + counted(le32(len(pairs)) + b"".join(counted(k) + counted(v) for k, v in pairs))


def body_bytes(length):
    return 16 + 16 * -(-(length + 32) // 16)


def pin_key(s):
    stretched = Argon2id(salt=s["nonce"], length=32, iterations=2, lanes=1, memory_cost=19456).derive(s["pin"].encode())
    info = b"keyhold-pin-v1:" + s["keyId"].encode() + le32(s["version"])
    return HKDF(SHA256(), len(s["key"]), stretched, info).derive(s["key"])


def aad_bytes(header, purpose, key_id, version, context, binding=0):
    return (
        b"keyhold-envelope-v1:" + bytes([PURPOSES[purpose]]) + header + key_id.encode() + le32(version)
        + context_bytes(context) + bytes([binding]) + counted(b"")
    )


def container(s, inner=None, key=None, binding=None):
    """The container of a sample; the others replace its parts, to make what a reader must refuse."""
    plaintext = s["plaintext"]
    size = body_bytes(len(plaintext))
    if inner is None:
        inner = (le32(len(plaintext)) + plaintext).ljust(size - 40, b"\x00")
    header = b"\x02\x00" + struct.pack("<H", size + 40)
    if key is None:
        key = pin_key(s) if "pin" in s else s["key"]
    if binding is None:
        binding = 1 if "pin" in s else 0
    aad = aad_bytes(header, s["purpose"], s["keyId"], s["version"], s["context"], binding)
    body = s["nonce"] + aead(s["suite"], key, s["nonce"], aad, inner)
    assert len(body) == size
    frame = header + body + s["keyId"].encode() + le32(s["version"])
    return frame + hashlib.sha256(frame).digest()


def stream(label, length):
    return hashlib.shake_128(label.encode()).digest(length)


def sample(number, suite, purpose, context, length, version=0):
    return {
        "suite": suite,
        "key": stream(f"key {number}", 32 if suite == "XAES_256_GCM" else 16),
        "keyId": KEY_IDS[number % 2],
        "version": version,
        "purpose": purpose,
        "context": context,
        "nonce": stream(f"nonce {number}", 24),
        "plaintext": stream(f"plaintext {number}", length),
    }


CONTEXTS = [
    None, "", "123aad", "grüße, 世界 \U0001f511", "x" * 128, {}, {"Key1": "Value1", "Key2": "Value2"},
    {"": ""}, {"\U0001f511": "after", "\uff5e": "before", "a": "", "aa": "1", "B": "2"},
]
PINS = ["12345678", "~!correct-horse-battery-staple", "A" * 64]
LENGTHS = [1, 15, 16, 17, 24, 31, 32, 33, 48, 64, 65, 128, 1024]


def samples():
    number = 0
    for suite in SUITES:
        for purpose in ["DATAKEY", "DATA", "PRIVATE_KEY"]:
            for context in CONTEXTS:
                yield sample(number, suite, purpose, context, LENGTHS[number % len(LENGTHS)], number % 3)
                number += 1
        for length in LENGTHS:
            yield sample(number, suite, "DATAKEY", None, length)
            number += 1
        yield sample(number, suite, "DATA", "most", 4096, 2**31 - 1)
        number += 1
    for suite in SUITES:
        for purpose in ["SM2_PRIVATE_KEY", "RSA_PRIVATE_KEY"]:
            yield sample(number, suite, purpose, None, 150)
            number += 1
        for purpose in ["DATAKEY", "PRIVATE_KEY", "SM2_PRIVATE_KEY", "RSA_PRIVATE_KEY"]:
            yield sample(number, suite, purpose, "123aad", 64, number % 3) | {"pin": PINS[number % len(PINS)]}
            number += 1


def refused():
    """Containers with a right frame and tag whose inner message is not the one spelling."""
    def inner(length, content, size):
        return (le32(length) + content).ljust(size - 40, b"\x00")

    number = 1000
    for suite in SUITES:
        for length, why, make in [
            (16, "L is 0", lambda p, size: inner(0, b"", size)),
            (16, "L is 0 and the plaintext follows", lambda p, size: inner(0, p, size)),
            (16, "L belongs to a larger body", lambda p, size: inner(17, p + b"\x00", size)),
            (32, "L belongs to a smaller body", lambda p, size: inner(16, p[:16], size)),
            (64, "L is larger than the body", lambda p, size: inner(65, p, size)),
            (64, "L is 2^32 - 1", lambda p, size: inner(2**32 - 1, p, size)),
            (64, "L is 2^31", lambda p, size: inner(2**31, p, size)),
            (64, "L is one less than the plaintext", lambda p, size: inner(63, p, size)),
            (64, "the last byte of padding is 1", lambda p, size: inner(64, p, size)[:-1] + b"\x01"),
            (1, "the first byte of padding is 80", lambda p, size: inner(1, p + b"\x80", size)),
        ]:
            s = sample(number, suite, "DATAKEY", None, length)
            if why == "L is one less than the plaintext":
                s["plaintext"] = s["plaintext"][:-1] + b"\x01"
            yield s, why, container(s, make(s["plaintext"], body_bytes(length)))
            number += 1


    number = 2000
    for suite in SUITES:
        s = sample(number, suite, "DATAKEY", None, 32)
        pinned = s | {"pin": "12345678"}
        yield pinned | {"pin": "12345679"}, "the PIN is another", container(pinned)
        yield s, "it has a PIN and none is given", container(pinned)
        yield pinned, "it has no PIN and one is given", container(s)
        yield s, "the AAD speaks of a PIN that is not in the key", container(s, binding=1)
        yield pinned, "the AAD does not speak of the PIN in the key", container(pinned, binding=0)
        yield pinned, "L is 0, with a PIN", container(pinned, le32(0).ljust(body_bytes(32) - 40, b"\x00"))
        number += 1


def described(s, result, why=None):
    kind = "none" if s["context"] is None else "text" if isinstance(s["context"], str) else "pairs"
    out = {name: value.hex() if isinstance(value, bytes) else value for name, value in s.items()}
    out["context"] = {"kind": kind} if kind == "none" else {"kind": kind, "value": s["context"]}
    if why:
        del out["plaintext"]
        out["why"] = why
    out["container"] = result.hex()
    return out


def example(s):
    size = body_bytes(len(s["plaintext"]))
    header = b"\x02\x00" + struct.pack("<H", size + 40)
    rows = {
        "K": s["key"],
        "key_id": s["keyId"],
        "version": str(s["version"]),
        "purpose": s["purpose"],
        "N": s["nonce"],
        "P": s["plaintext"],
        "K1": subkey(SUITES[s["suite"]][0], s["key"]),
        "Km": message_key(s["suite"], s["key"], s["nonce"]),
        "context": context_bytes(s["context"]),
        "AAD": aad_bytes(header, s["purpose"], s["keyId"], s["version"], s["context"]),
        "inner": (le32(len(s["plaintext"])) + s["plaintext"]).ljust(size - 40, b"\x00"),
        "container": container(s),
    }
    for name, value in rows.items():
        text = value.hex() if isinstance(value, bytes) else value
        lines = [text[i : i + 96] for i in range(0, len(text), 96)]
        print(f"    {name:9} = {lines[0]}")
        for line in lines[1:]:
            print(f"    {'':11} {line}")


def examples():
    print("@EX1@")
    example({
        "suite": "XAES_256_GCM", "key": bytes(range(32)), "keyId": KEY_IDS[0], "version": 0,
        "purpose": "DATAKEY", "context": "123aad", "nonce": bytes(range(0x40, 0x58)),
        "plaintext": bytes.fromhex(
            "7549d9aea901767bf3c0b3e14b10722eaf6f59053bbd82045d04e075e809a0fe"
            "6ccab48f8e5efe74e4b18ff0512525e527b10331100f357bf42125d8d5ced94f"),
    })
    print("@EX2@")
    example({
        "suite": "XSM4_GCM", "key": bytes(range(16)), "keyId": KEY_IDS[1], "version": 7,
        "purpose": "DATA", "context": {"b": "2", "a": "é"}, "nonce": bytes(range(0x40, 0x58)),
        "plaintext": b"hi",
    })


if __name__ == "__main__":
    if sys.argv[1:] == ["--examples"]:
        examples()
    else:
        json.dump(
            {
                "format": "docs/envelope-format.md, version 1",
                "source": "envelope-v1.py beside this file, with Python's `cryptography`; Keyhold's own licence",
                "encoding": "bytes are lower-case hex",
                "opened": [described(s, container(s)) for s in samples()],
                "refused": [described(s, made, why) for s, why, made in refused()],
            },
            sys.stdout, indent=1, ensure_ascii=True)
        print()
