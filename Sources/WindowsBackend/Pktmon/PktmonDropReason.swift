/// Why the packet monitor says a packet was dropped (PACKETMONITOR_DROP_REASON; names of MicrosoftDocs/win32
/// and, for what is missing there, of microsoft/retina, pkg/metrics/types_windows.go). 1 to 38 are the
/// virtual switch's, 201 to 228 of NDIS and miniports, 401 to 404 of netvsc, 601 to 1418 of TCP/IP and
/// what belongs to it, 701 to 719 the guards of VFP, from 3000 on HTTP.sys.
package struct PktmonDropReason: RawRepresentable, Hashable, Sendable {
    package let rawValue: UInt32
    package init(rawValue: UInt32) { self.rawValue = rawValue }

    /// By its name as the packet monitor writes it; nil for a name we do not know.
    package init?(name: String) {
        guard let id = Self.ids[name.lowercased()] else { return nil }
        rawValue = id
    }

    /// As a label: `mac_spoofing`; the number where we have no name for it.
    package var label: String {
        Self.names[rawValue].map(Self.snakeCase) ?? "\(rawValue)"
    }

    /// Whether the virtual switch dropped it, whose counters HNS and Hyper-V have as well.
    package var isVirtualSwitch: Bool { (1...38).contains(rawValue) }

    /// `MTUMismatch` is `mtu_mismatch`, `Inet_AcceptRedirection` is `inet_accept_redirection`.
    static func snakeCase(_ name: String) -> String {
        let letters = Array(name.utf8)
        var label: [UInt8] = []
        func isUpper(_ place: Int) -> Bool {
            letters.indices.contains(place) && letters[place] != letters[place].lowercased
        }
        func isLower(_ place: Int) -> Bool {
            letters.indices.contains(place)
                && (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(letters[place])
        }
        for place in letters.indices {
            let begins = isUpper(place) && (!isUpper(place - 1) || isLower(place + 1))
            if begins, let last = label.last, last != UInt8(ascii: "_") {
                label.append(UInt8(ascii: "_"))
            }
            label.append(letters[place].lowercased)
        }
        return String(decoding: label, as: UTF8.self)
    }

    private static let names = NumberedNames.parse(table, radix: 10)
    private static let ids = Dictionary(
        names.map { ($0.value.lowercased(), $0.key) }, uniquingKeysWith: min)

    private static let table = """
        0 Unknown 1 InvalidData 2 InvalidPacket 3 Resources 4 NotReady 5 Disconnected
        6 NotAccepted 7 Busy 8 Filtered 9 FilteredVLAN 10 UnauthorizedVLAN 11 UnauthorizedMAC
        12 FailedSecurityPolicy 13 FailedPvlanSetting 14 Qos 15 Ipsec 16 MacSpoofing 17 DhcpGuard
        18 RouterGuard 19 BridgeReserved 20 VirtualSubnetId 21 RequiredExtensionMissing
        22 InvalidConfig 23 MTUMismatch 24 NativeFwdingReq 25 InvalidVlanFormat 26 InvalidDestMac
        27 InvalidSourceMac 28 InvalidFirstNBTooSmall 29 Wnv 30 StormLimit 31 InjectedIcmp
        32 FailedDestinationListUpdate 33 NicDisabled 34 FailedPacketFilter
        35 SwitchDataFlowDisabled 36 FilteredIsolationUntagged 37 InvalidPDQueue 38 LowPower
        201 Pause 202 Reset 203 SendAborted 204 ProtocolNotBound 205 Failure 206 InvalidLength
        207 HostOutOfMemory 208 FrameTooLong 209 FrameTooShort 210 FrameLengthError 211 CrcError
        212 BadFrameChecksum 213 FcsError 214 SymbolError 215 HeadQTimeout 216 StalledDiscard
        217 RxQFull 218 PhysLayerError 219 DmaError 220 FirmwareError 221 DecryptionFailed
        222 BadSignature 223 CoalescingError 225 VlanSpoofing 226 UnallowedEtherType 227 VportDown
        228 SteeringMismatch 401 MicroportError 402 VfNotReady 403 MicroportNotReady
        404 VMBusError 601 FL_LoopbackPacket 602 FL_InvalidSnapHeader 603 FL_InvalidEthernetType
        604 FL_InvalidPacketLength 605 FL_HeaderNotContiguous 606 FL_InvalidDestinationType
        607 FL_InterfaceNotReady 608 FL_ProviderNotReady 609 FL_InvalidLsoInfo
        610 FL_InvalidUsoInfo 611 FL_InvalidMedium 612 FL_InvalidArpHeader
        613 FL_NoClientInterface 614 FL_TooManyNetBuffers 615 FL_FlsNpiClientDrop 701 ArpGuard
        702 ArpLimiter 703 DhcpLimiter 704 BlockBroadcast 705 BlockNonIp 706 ArpFilter
        707 Ipv4Guard 708 Ipv6Guard 709 MacGuard 710 BroadcastNoDestinations
        711 UnicastNoDestination 712 UnicastPortNotReady 713 SwitchCallbackFailed
        714 Icmpv6Limiter 715 Intercept 716 InterceptBlock 717 NDPGuard 718 PortBlocked
        719 NicSuspended 801 Http_ReceiveSuppressed 901 NL_BadSourceAddress
        902 NL_NotLocallyDestined 903 NL_ProtocolUnreachable 904 NL_PortUnreachable
        905 NL_BadLength 906 NL_MalformedHeader 907 NL_NoRoute 908 NL_BeyondScope
        909 NL_InspectionDrop 910 NL_TooManyDecapsulations 911 NL_AdministrativelyProhibited
        912 NL_BadChecksum 913 NL_ReceivePathMax 914 NL_HopLimitExceeded 915 NL_AddressUnreachable
        916 NL_RscPacket 917 NL_ForwardPathMax 918 NL_ArbitrationUnhandled 919 NL_InspectionAbsorb
        920 NL_DontFragmentMtuExceeded 921 NL_BufferLengthExceeded 922 NL_AddressResolutionTimeout
        923 NL_AddressResolutionFailure 924 NL_IpsecFailure 925 NL_ExtensionHeadersFailure
        926 NL_IpsnpiClientDrop 927 NL_UnsupportedOffload 928 NL_RoutingFailure
        929 NL_AncillaryDataFailure 930 NL_RawDataFailure 931 NL_SessionStateFailure
        932 NL_IpsnpiModifiedButNotForwarded 933 NL_IpsnpiNoNextHop 934 NL_IpsnpiNoCompartment
        935 NL_IpsnpiNoInterface 936 NL_IpsnpiNoSubInterface 937 NL_IpsnpiInterfaceDisabled
        938 NL_IpsnpiSegmentationFailed 939 NL_IpsnpiNoEthernetHeader
        940 NL_IpsnpiUnexpectedFragment 941 NL_IpsnpiUnsupportedInterfaceType
        942 NL_IpsnpiInvalidLsoInfo 943 NL_IpsnpiInvalidUsoInfo 944 NL_InternalError
        945 NL_AdministrativelyConfigured 946 NL_BadOption 947 NL_LoopbackDisallowed
        948 NL_SmallerScope 949 NL_QueueFull 950 NL_InterfaceDisabled 951 NL_IcmpGeneric
        952 NL_IcmpTruncatedHeader 953 NL_IcmpInvalidChecksum 954 NL_IcmpInspection
        955 NL_IcmpNeighborDiscoveryLoopback 956 NL_IcmpUnknownType 957 NL_IcmpTruncatedIpHeader
        958 NL_IcmpOversizedIpHeader 959 NL_IcmpNoHandler 960 NL_IcmpRespondingToError
        961 NL_IcmpInvalidSource 962 NL_IcmpInterfaceRateLimit 963 NL_IcmpPathRateLimit
        964 NL_IcmpNoRoute 965 NL_IcmpMatchingRequestNotFound 966 NL_IcmpBufferTooSmall
        967 NL_IcmpAncillaryDataQuery 968 NL_IcmpIncorrectHopLimit 969 NL_IcmpUnknownCode
        970 NL_IcmpSourceNotLinkLocal 971 NL_IcmpTruncatedNdHeader
        972 NL_IcmpInvalidNdOptSourceLinkAddr 973 NL_IcmpInvalidNdOptMtu
        974 NL_IcmpInvalidNdOptPrefixInformation 975 NL_IcmpInvalidNdOptRouteInformation
        976 NL_IcmpInvalidNdOptRdnss 977 NL_IcmpInvalidNdOptDnssl 978 NL_IcmpPacketParsingFailure
        979 NL_IcmpDisallowed 980 NL_IcmpInvalidRouterAdvertisement
        981 NL_IcmpSourceFromDifferentLink 982 NL_IcmpInvalidRedirectDestinationOrTarget
        983 NL_IcmpInvalidNdTarget 984 NL_IcmpNaMulticastAndSolicited
        985 NL_IcmpNdLinkLayerAddressIsLocal 986 NL_IcmpDuplicateEchoRequest
        987 NL_IcmpNotAPotentialRouter 988 NL_IcmpInvalidMldQuery 989 NL_IcmpInvalidMldReport
        990 NL_IcmpLocallySourcedMldReport 991 NL_IcmpNotLocallyDestined 992 NL_ArpInvalidSource
        993 NL_ArpInvalidTarget 994 NL_ArpDlSourceIsLocal 995 NL_ArpNotLocallyDestined
        996 NL_NlClientDiscard 997 NL_IpsnpiUroSegmentSizeExceedsMtu 998 NL_IcmpFragmentedPacket
        999 NL_FirstFragmentIncomplete 1000 NL_SourceViolation 1001 NL_IcmpJumbogram
        1002 NL_SwUsoFailure 1200 INET_SourceUnspecified 1201 INET_DestinationMulticast
        1202 INET_HeaderInvalid 1203 INET_ChecksumInvalid 1204 INET_EndpointNotFound
        1205 INET_ConnectedPath 1206 INET_SessionState 1207 INET_ReceiveInspection
        1208 INET_AckInvalid 1209 INET_ExpectedSyn 1210 INET_Rst 1211 INET_SynRcvdSyn
        1212 INET_SimultaneousConnect 1213 INET_PawsFailed 1214 INET_LandAttack
        1215 INET_MissedReset 1216 INET_OutsideWindow 1217 INET_DuplicateSegment
        1218 INET_ClosedWindow 1219 INET_TcbRemoved 1220 INET_FinWait2
        1221 INET_ReassemblyConflict 1222 INET_FinReceived 1223 INET_ListenerInvalidFlags
        1224 INET_TcbNotInTcbTable 1225 INET_TimeWaitTcbReceivedRstOutsideWindow
        1226 INET_TimeWaitTcbSynAndOtherFlags 1227 INET_TimeWaitTcb
        1228 INET_SynAckWithFastopenCookieRequest 1229 INET_PauseAccept 1230 INET_SynAttack
        1231 INET_AcceptInspection 1232 INET_AcceptRedirection 1301 SlbMux_ParsingFailure
        1302 SlbMux_FirstFragmentMiss 1303 SlbMux_ICMPErrorPayloadValidationFailure
        1304 SlbMux_ICMPErrorPacketMatchNoSession 1305 SlbMux_ExternalHairpinNexthopLookupFailure
        1306 SlbMux_NoMatchingStaticMapping 1307 SlbMux_NexthopReferenceFailure
        1308 SlbMux_CloningFailure 1309 SlbMux_TranslationFailure 1310 SlbMux_HopLimitExceeded
        1311 SlbMux_PacketBiggerThanMTU 1312 SlbMux_UnexpectedRouteLookupFailure
        1313 SlbMux_NoRoute 1314 SlbMux_SessionCreationFailure
        1315 SlbMux_NexthopNotOverExternalInterface
        1316 SlbMux_NexthopExternalInterfaceMissNATInstance
        1317 SlbMux_NATItselfCantBeInternalNexthop
        1318 SlbMux_PacketRoutableInItsArrivalCompartment
        1319 SlbMux_PacketTransportProtocolNotSupported 1320 SlbMux_PacketIsDestinedLocally
        1321 SlbMux_PacketDestinationIPandPortNotSubjectToNAT 1322 SlbMux_MuxReject
        1323 SlbMux_DipLookupFailure 1324 SlbMux_MuxEncapsulationFailure
        1325 SlbMux_InvalidDiagPacketEncapType 1326 SlbMux_DiagPacketIsRedirect
        1327 SlbMux_UnableToHandleRedirect 1401 Ipsec_BadSpi 1402 Ipsec_SALifetimeExpired
        1403 Ipsec_WrongSA 1404 Ipsec_ReplayCheckFailed 1405 Ipsec_InvalidPacket
        1406 Ipsec_IntegrityCheckFailed 1407 Ipsec_ClearTextDrop 1408 Ipsec_AuthFirewallDrop
        1409 Ipsec_ThrottleDrop 1410 Ipsec_Dosp_Block 1411 Ipsec_Dosp_ReceivedMulticast
        1412 Ipsec_Dosp_InvalidPacket 1413 Ipsec_Dosp_StateLookupFailed 1414 Ipsec_Dosp_MaxEntries
        1415 Ipsec_Dosp_KeymodNotAllowed 1416 Ipsec_Dosp_MaxPerIpRateLimitQueues
        1417 Ipsec_NoMemory 1418 Ipsec_Unsuccessful 1501 NetCx_NetPacketLayoutParseFailure
        1502 NetCx_SoftwareChecksumFailure 1503 NetCx_NicQueueStop
        1504 NetCx_InvalidNetBufferLength 1505 NetCx_LSOFailure 1506 NetCx_USOFailure
        1507 NetCx_BufferBounceFailureAndPacketIgnore 3000 Http_Begin 3001 Http_UlError_Begin
        3002 Http_UlError 3003 Http_UlErrorVerb 3004 Http_UlErrorUrl 3005 Http_UlErrorHeader
        3006 Http_UlErrorHost 3007 Http_UlErrorNum 3008 Http_UlErrorFieldLength
        3009 Http_UlErrorRequestLength 3010 Http_UlErrorUnauthorized 3011 Http_UlErrorForbiddenUrl
        3012 Http_UlErrorNotFound 3013 Http_UlErrorContentLength
        3014 Http_UlErrorPreconditionFailed 3015 Http_UlErrorEntityTooLarge
        3016 Http_UlErrorUrlLength 3017 Http_UlErrorRangeNotSatisfiable
        3018 Http_UlErrorMisdirectedRequest 3019 Http_UlErrorInternalServer
        3020 Http_UlErrorNotImplemented 3021 Http_UlErrorUnavailable
        3022 Http_UlErrorConnectionLimit 3023 Http_UlErrorRapidFailProtection
        3024 Http_UlErrorRequestQueueFull 3025 Http_UlErrorDisabledByAdmin
        3026 Http_UlErrorDisabledByApp 3027 Http_UlErrorJobObjectFired
        3028 Http_UlErrorAppPoolBusy 3029 Http_UlErrorVersion 3030 Http_UlError_End
        3400 Http_UxDuoFaultBegin 3401 Http_UxDuoFaultUserAbort 3402 Http_UxDuoFaultCollection
        3403 Http_UxDuoFaultClientResetStream 3404 Http_UxDuoFaultMethodNotFound
        3405 Http_UxDuoFaultSchemeMismatch 3406 Http_UxDuoFaultSchemeNotFound
        3407 Http_UxDuoFaultDataAfterEnd 3408 Http_UxDuoFaultPathNotFound
        3409 Http_UxDuoFaultHalfClosedLocal 3410 Http_UxDuoFaultIncompatibleAuth
        3411 Http_UxDuoFaultDeprecated3 3412 Http_UxDuoFaultClientCertBlocked
        3413 Http_UxDuoFaultHeaderNameEmpty 3414 Http_UxDuoFaultIllegalSend
        3415 Http_UxDuoFaultPushUpperAttach 3416 Http_UxDuoFaultStreamUpperAttach
        3417 Http_UxDuoFaultActiveStreamLimit 3418 Http_UxDuoFaultAuthorityNotFound
        3419 Http_UxDuoFaultUnexpectedTail 3420 Http_UxDuoFaultTruncated
        3421 Http_UxDuoFaultResponseHold 3422 Http_UxDuoFaultRequestChunked
        3423 Http_UxDuoFaultRequestContentLength 3424 Http_UxDuoFaultResponseChunked
        3425 Http_UxDuoFaultResponseContentLength 3426 Http_UxDuoFaultResponseTransferEncoding
        3427 Http_UxDuoFaultResponseLine 3428 Http_UxDuoFaultResponseHeader
        3429 Http_UxDuoFaultConnect 3430 Http_UxDuoFaultChunkStart 3431 Http_UxDuoFaultChunkLength
        3432 Http_UxDuoFaultChunkStop 3433 Http_UxDuoFaultHeadersAfterTrailers
        3434 Http_UxDuoFaultHeadersAfterEnd 3435 Http_UxDuoFaultEndlessTrailer
        3436 Http_UxDuoFaultTransferEncoding 3437 Http_UxDuoFaultMultipleTransferCodings
        3438 Http_UxDuoFaultPushBody 3439 Http_UxDuoFaultStreamAbandoned
        3440 Http_UxDuoFaultMalformedHost 3441 Http_UxDuoFaultDecompressionOverflow
        3442 Http_UxDuoFaultIllegalHeaderName 3443 Http_UxDuoFaultIllegalHeaderValue
        3444 Http_UxDuoFaultConnHeaderDisallowed 3445 Http_UxDuoFaultConnHeaderMalformed
        3446 Http_UxDuoFaultCookieReassembly 3447 Http_UxDuoFaultStatusHeader
        3448 Http_UxDuoFaultSchemeDisallowed 3449 Http_UxDuoFaultPathDisallowed
        3450 Http_UxDuoFaultPushHost 3451 Http_UxDuoFaultGoawayReceived
        3452 Http_UxDuoFaultAbortLegacyApp 3453 Http_UxDuoFaultUpgradeHeaderDisallowed
        3454 Http_UxDuoFaultResponseUpgradeHeader 3455 Http_UxDuoFaultKeepAliveHeaderDisallowed
        3456 Http_UxDuoFaultResponseKeepAliveHeader 3457 Http_UxDuoFaultProxyConnHeaderDisallowed
        3458 Http_UxDuoFaultResponseProxyConnHeader 3459 Http_UxDuoFaultConnectionGoingAway
        3460 Http_UxDuoFaultTransferEncodingDisallowed 3461 Http_UxDuoFaultContentLengthDisallowed
        3462 Http_UxDuoFaultTrailerDisallowed 3463 Http_UxDuoFaultEnd 3600 Http_ReceiveSuppressed
        3800 Http_Generic 3801 Http_InvalidParameter 3802 Http_InsufficientResources
        3803 Http_InvalidHandle 3804 Http_NotSupported 3805 Http_BadNetworkPath
        3806 Http_InternalError 3807 Http_NoSuchPackage 3808 Http_PrivilegeNotHeld
        3809 Http_CannotImpersonate 3810 Http_LogonFailure 3811 Http_NoSuchLogonSession
        3812 Http_AccessDenied 3813 Http_NoLogonServers 3814 Http_TimeDifferenceAtDc 4000 Http_End
        """
}
