# The HTML pages that the command writes or serves, as part of it: each runtime/cli/NAME.html becomes a string.

add_executable(embed_text cmake/embed_text.c)
file(GLOB pages CONFIGURE_DEPENDS runtime/cli/*.html)
file(MAKE_DIRECTORY ${CMAKE_BINARY_DIR}/generated/runtime/cli)
foreach(file ${pages})
    get_filename_component(name ${file} NAME)
    set(string ${CMAKE_BINARY_DIR}/generated/runtime/cli/${name}.def)
    add_custom_command(OUTPUT ${string} COMMAND embed_text ${file} ${string}
        DEPENDS embed_text ${file} VERBATIM)
    set_source_files_properties(${string} PROPERTIES HEADER_FILE_ONLY ON)
    target_sources(moot PRIVATE ${string})
endforeach()
target_include_directories(moot PRIVATE ${CMAKE_BINARY_DIR}/generated)
