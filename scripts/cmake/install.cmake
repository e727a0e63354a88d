include(CMakePackageConfigHelpers)
install(TARGETS analysis EXPORT analysis_targets
        LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR})
install(TARGETS ana RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
install(DIRECTORY libanalysis/include/ formats/include/ models/include/
        DESTINATION ${CMAKE_INSTALL_INCLUDEDIR} FILES_MATCHING PATTERN "*.h")
install(EXPORT analysis_targets FILE analysis-targets.cmake NAMESPACE analysis::
        DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/analysis)
file(WRITE ${CMAKE_CURRENT_BINARY_DIR}/analysis-config.cmake
     "include(\${CMAKE_CURRENT_LIST_DIR}/analysis-targets.cmake)\n")
write_basic_package_version_file(${CMAKE_CURRENT_BINARY_DIR}/analysis-config-version.cmake
                                 COMPATIBILITY SameMinorVersion)
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/analysis-config.cmake
              ${CMAKE_CURRENT_BINARY_DIR}/analysis-config-version.cmake
        DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/analysis)
# The prefix is found from where the file lies, so that the whole can be moved.
file(RELATIVE_PATH ANA_PC_TO_PREFIX "/${CMAKE_INSTALL_LIBDIR}/pkgconfig" "/")
configure_file(scripts/cmake/analysis.pc.in analysis.pc @ONLY)
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/analysis.pc
        DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
