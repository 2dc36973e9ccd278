import Testing
import Values

@Suite("SHA-256")
struct SHA256Tests {
    @Test(
        "the standard's test vectors come out",
        arguments: [
            ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
            ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
            (
                "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
                "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"
            ),
            (
                "abcdefghbcdefghicdefghijdefghijkefghijklfghijklmghijklmnhijklmnoijklmnopjklmnopqklmnopqrlmnopqrsmnopqrstnopqrstu",
                "cf5b16a778af8380036ce59e7b0492370b249b11e8f07a51afac45037afee9d1"
            ),
            (
                String(repeating: "a", count: 1_000_000),
                "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0"
            ),
        ])
    func vectors(text: String, hash: String) {
        #expect(SHA256.hexadecimal(of: text.utf8) == hash)
    }

    @Test("every length around a block's border is padded alike, whether given at once or in bits")
    func lengths() {
        for count in 50...130 {
            let bytes = [UInt8](repeating: 0x61, count: count)
            var hash = SHA256()
            for byte in bytes { hash.update([byte]) }
            #expect(hash.hexadecimal() == SHA256.hexadecimal(of: bytes))
        }
        // From another implementation.
        #expect(
            SHA256.hexadecimal(of: String(repeating: "a", count: 55).utf8)
                == "9f4390f8d30c2dd92ec9f095b65e2b9ae9b0a925a5258e241c9f1e910f734318")
        #expect(
            SHA256.hexadecimal(of: String(repeating: "a", count: 64).utf8)
                == "ffe054fe7ae0cb6dc65c3af9b61d5209f439851db43d0ba5997337df154668eb")
    }
}
