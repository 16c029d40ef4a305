# What MOOT_SANITIZE, MOOT_TSAN, MOOT_COVERAGE and MOOT_FUZZ mean to compiler and linker.

if(MOOT_SANITIZE)
    add_compile_options(-O1 -fsanitize=address,undefined -fno-omit-frame-pointer
        -fno-sanitize-recover=undefined)
    add_link_options(-fsanitize=address,undefined)
    if(CMAKE_C_COMPILER_ID STREQUAL "GNU")
        # Instrumented code hides from gcc what these two rest on; the other builds keep them.
        add_compile_options(-Wno-format-truncation -Wno-maybe-uninitialized)
    endif()
endif()

if(MOOT_TSAN)
    add_compile_options(-O1 -fsanitize=thread)
    add_link_options(-fsanitize=thread)
    if(CMAKE_C_COMPILER_ID STREQUAL "GNU")
        add_compile_options(-Wno-maybe-uninitialized) # as above
    endif()
endif()

if(MOOT_FUZZ)
    add_compile_options(-fsanitize=fuzzer-no-link)
    add_link_options(-fsanitize=fuzzer-no-link)
endif()

if(MOOT_COVERAGE)
    # Threads may lose counts to each other, but a line that was reached has one: atomic counters take many times as long.
    add_compile_options(--coverage -fprofile-update=single)
    add_compile_options(-Wno-maybe-uninitialized)
    add_link_options(--coverage)
endif()
