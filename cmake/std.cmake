# The words written in the language, as part of the compiler: each programs/std/GROUP.moot becomes rows of its
# word table, so that neither the command nor the library reads a file for them.

add_executable(embed_words cmake/embed_words.c)
file(GLOB std_files CONFIGURE_DEPENDS programs/std/*.moot)
set(std_folder ${CMAKE_BINARY_DIR}/generated)
file(MAKE_DIRECTORY ${std_folder}/compiler/std)
foreach(file ${std_files})
    get_filename_component(group ${file} NAME_WE)
    set(rows ${std_folder}/compiler/std/${group}.def)
    add_custom_command(OUTPUT ${rows} COMMAND embed_words ${file} ${rows}
        DEPENDS embed_words ${file} VERBATIM)
    set_source_files_properties(${rows} PROPERTIES HEADER_FILE_ONLY ON)
    target_sources(compiler_objects PRIVATE ${rows})
endforeach()
target_include_directories(compiler_objects PRIVATE ${std_folder})
