// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

/// A multisig wallet with the storage, the functions and the events of Safe 1.4: owners and threshold, transactions signed
/// off chain (EIP-712, `eth_sign`, approved hashes), modules, a guard, delegate calls. Gas refunds and signatures of
/// contracts are left out.
contract Safe {
    // What a proxy and all code that runs on it find here.
    address internal singleton;
    mapping(address => address) internal modules;
    mapping(address => address) internal owners;
    uint256 internal ownerCount;
    uint256 internal threshold;
    uint256 public nonce;
    bytes32 internal _deprecatedDomainSeparator;
    mapping(bytes32 => uint256) public signedMessages;
    mapping(address => mapping(bytes32 => uint256)) public approvedHashes;

    address internal constant SENTINEL = address(1);
    // keccak256("guard_manager.guard.address")
    bytes32 internal constant GUARD_SLOT = 0x4a204f620c8c5ccdca3fd54d003badd85ba500436a431f0cbda4f558c93c34c8;
    // keccak256("fallback_manager.handler.address")
    bytes32 internal constant HANDLER_SLOT = 0x6c9a6c4a39284e37ed1cf53d337577d14212a4870fb976a4366c693b939918d5;
    bytes32 private constant DOMAIN_SEPARATOR_TYPEHASH = keccak256("EIP712Domain(uint256 chainId,address verifyingContract)");
    bytes32 private constant SAFE_TX_TYPEHASH = keccak256(
        "SafeTx(address to,uint256 value,bytes data,uint8 operation,uint256 safeTxGas,uint256 baseGas,uint256 gasPrice,address gasToken,address refundReceiver,uint256 nonce)"
    );

    event SafeSetup(address indexed initiator, address[] owners, uint256 threshold, address initializer, address fallbackHandler);
    event ApproveHash(bytes32 indexed approvedHash, address indexed owner);
    event ExecutionFailure(bytes32 indexed txHash, uint256 payment);
    event ExecutionSuccess(bytes32 indexed txHash, uint256 payment);
    event ExecutionFromModuleSuccess(address indexed module);
    event ExecutionFromModuleFailure(address indexed module);
    event AddedOwner(address indexed owner);
    event RemovedOwner(address indexed owner);
    event ChangedThreshold(uint256 threshold);
    event EnabledModule(address indexed module);
    event DisabledModule(address indexed module);
    event ChangedGuard(address indexed guard);
    event ChangedFallbackHandler(address indexed handler);
    event SafeReceived(address indexed sender, uint256 value);

    constructor() {
        // The singleton itself is nobody's.
        threshold = 1;
    }

    modifier authorized() {
        require(msg.sender == address(this), "GS031");
        _;
    }

    receive() external payable {
        emit SafeReceived(msg.sender, msg.value);
    }

    function setup(
        address[] calldata _owners,
        uint256 _threshold,
        address to,
        bytes calldata data,
        address fallbackHandler,
        address,
        uint256,
        address payable
    ) external {
        require(threshold == 0, "GS200");
        require(_threshold > 0 && _threshold <= _owners.length, "GS201");
        address current = SENTINEL;
        for (uint256 i = 0; i < _owners.length; i++) {
            address owner = _owners[i];
            require(owner != address(0) && owner != SENTINEL && owners[owner] == address(0), "GS203");
            owners[current] = owner;
            current = owner;
        }
        owners[current] = SENTINEL;
        (ownerCount, threshold) = (_owners.length, _threshold);
        modules[SENTINEL] = SENTINEL;
        if (fallbackHandler != address(0)) store(HANDLER_SLOT, fallbackHandler);
        if (to != address(0)) {
            (bool ok,) = to.delegatecall(data);
            require(ok, "GS000");
        }
        emit SafeSetup(msg.sender, _owners, _threshold, to, fallbackHandler);
    }

    function execTransaction(
        address to,
        uint256 value,
        bytes calldata data,
        uint8 operation,
        uint256 safeTxGas,
        uint256 baseGas,
        uint256 gasPrice,
        address gasToken,
        address payable refundReceiver,
        bytes memory signatures
    ) external payable returns (bool success) {
        bytes32 txHash;
        {
            txHash = getTransactionHash(
                to, value, data, operation, safeTxGas, baseGas, gasPrice, gasToken, refundReceiver, nonce
            );
            nonce++;
            checkSignatures(txHash, signatures);
        }
        success = run(to, value, data, operation);
        require(success || safeTxGas != 0, "GS013");
        if (success) emit ExecutionSuccess(txHash, 0);
        else emit ExecutionFailure(txHash, 0);
    }

    function checkSignatures(bytes32 dataHash, bytes memory signatures) public view {
        require(threshold > 0, "GS001");
        require(signatures.length >= threshold * 65, "GS020");
        address last = address(0);
        for (uint256 i = 0; i < threshold; i++) {
            (uint8 v, bytes32 r, bytes32 s) = signatureSplit(signatures, i);
            address current;
            if (v == 1) {
                current = address(uint160(uint256(r)));
                require(msg.sender == current || approvedHashes[current][dataHash] != 0, "GS025");
            } else if (v > 30) {
                bytes32 said = keccak256(abi.encodePacked("\x19Ethereum Signed Message:\n32", dataHash));
                current = ecrecover(said, v - 4, r, s);
            } else {
                current = ecrecover(dataHash, v, r, s);
            }
            require(current > last && owners[current] != address(0) && current != SENTINEL, "GS026");
            last = current;
        }
    }

    function signatureSplit(bytes memory signatures, uint256 pos) internal pure returns (uint8 v, bytes32 r, bytes32 s) {
        assembly {
            let at := add(signatures, mul(65, pos))
            r := mload(add(at, 32))
            s := mload(add(at, 64))
            v := byte(0, mload(add(at, 96)))
        }
    }

    function approveHash(bytes32 hashToApprove) external {
        require(owners[msg.sender] != address(0), "GS030");
        approvedHashes[msg.sender][hashToApprove] = 1;
        emit ApproveHash(hashToApprove, msg.sender);
    }

    function domainSeparator() public view returns (bytes32) {
        return keccak256(abi.encode(DOMAIN_SEPARATOR_TYPEHASH, block.chainid, address(this)));
    }

    function getTransactionHash(
        address to,
        uint256 value,
        bytes calldata data,
        uint8 operation,
        uint256 safeTxGas,
        uint256 baseGas,
        uint256 gasPrice,
        address gasToken,
        address refundReceiver,
        uint256 _nonce
    ) public view returns (bytes32) {
        bytes32 safeTxHash = keccak256(
            abi.encode(
                SAFE_TX_TYPEHASH,
                to,
                value,
                keccak256(data),
                operation,
                safeTxGas,
                baseGas,
                gasPrice,
                gasToken,
                refundReceiver,
                _nonce
            )
        );
        return keccak256(abi.encodePacked(bytes1(0x19), bytes1(0x01), domainSeparator(), safeTxHash));
    }

    function execTransactionFromModule(address to, uint256 value, bytes memory data, uint8 operation)
        external
        returns (bool success)
    {
        require(msg.sender != SENTINEL && modules[msg.sender] != address(0), "GS104");
        success = run(to, value, data, operation);
        if (success) emit ExecutionFromModuleSuccess(msg.sender);
        else emit ExecutionFromModuleFailure(msg.sender);
    }

    function enableModule(address module) external authorized {
        require(module != address(0) && module != SENTINEL && modules[module] == address(0), "GS101");
        modules[module] = modules[SENTINEL];
        modules[SENTINEL] = module;
        emit EnabledModule(module);
    }

    function disableModule(address prev, address module) external authorized {
        require(modules[prev] == module, "GS103");
        modules[prev] = modules[module];
        modules[module] = address(0);
        emit DisabledModule(module);
    }

    function addOwnerWithThreshold(address owner, uint256 _threshold) external authorized {
        require(owner != address(0) && owner != SENTINEL && owners[owner] == address(0), "GS203");
        owners[owner] = owners[SENTINEL];
        owners[SENTINEL] = owner;
        ownerCount++;
        emit AddedOwner(owner);
        if (threshold != _threshold) changeThreshold(_threshold);
    }

    function removeOwner(address prev, address owner, uint256 _threshold) external authorized {
        require(ownerCount - 1 >= _threshold && owners[prev] == owner, "GS205");
        owners[prev] = owners[owner];
        owners[owner] = address(0);
        ownerCount--;
        emit RemovedOwner(owner);
        if (threshold != _threshold) changeThreshold(_threshold);
    }

    function swapOwner(address prev, address old, address next) external authorized {
        require(next != address(0) && next != SENTINEL && owners[next] == address(0), "GS203");
        require(owners[prev] == old, "GS205");
        owners[next] = owners[old];
        owners[prev] = next;
        owners[old] = address(0);
        emit RemovedOwner(old);
        emit AddedOwner(next);
    }

    function changeThreshold(uint256 _threshold) public authorized {
        require(_threshold > 0 && _threshold <= ownerCount, "GS201");
        threshold = _threshold;
        emit ChangedThreshold(_threshold);
    }

    function setGuard(address guard) external authorized {
        store(GUARD_SLOT, guard);
        emit ChangedGuard(guard);
    }

    function setFallbackHandler(address handler) external authorized {
        store(HANDLER_SLOT, handler);
        emit ChangedFallbackHandler(handler);
    }

    function getThreshold() external view returns (uint256) {
        return threshold;
    }

    function isOwner(address owner) external view returns (bool) {
        return owner != SENTINEL && owners[owner] != address(0);
    }

    function isModuleEnabled(address module) external view returns (bool) {
        return module != SENTINEL && modules[module] != address(0);
    }

    function store(bytes32 slot, address what) private {
        assembly { sstore(slot, what) }
    }

    function run(address to, uint256 value, bytes memory data, uint8 operation) private returns (bool success) {
        if (operation == 1) (success,) = to.delegatecall(data);
        else (success,) = to.call{value: value}(data);
    }
}

/// A later release, with the same storage.
contract SafeNext is Safe {
    function VERSION() external pure returns (string memory) {
        return "1.5.0";
    }
}

contract SafeProxy {
    address internal singleton;

    constructor(address _singleton) {
        require(_singleton != address(0), "Invalid singleton address provided");
        singleton = _singleton;
    }

    fallback() external payable {
        assembly {
            let to := and(sload(0), 0xffffffffffffffffffffffffffffffffffffffff)
            // masterCopy()
            if eq(calldataload(0), 0xa619486e00000000000000000000000000000000000000000000000000000000) {
                mstore(0, to)
                return(0, 0x20)
            }
            calldatacopy(0, 0, calldatasize())
            let success := delegatecall(gas(), to, 0, calldatasize(), 0, 0)
            returndatacopy(0, 0, returndatasize())
            if iszero(success) { revert(0, returndatasize()) }
            return(0, returndatasize())
        }
    }
}

contract SafeProxyFactory {
    event ProxyCreation(address indexed proxy, address singleton);

    function createProxyWithNonce(address _singleton, bytes memory initializer, uint256 saltNonce)
        external
        returns (address proxy)
    {
        bytes32 salt = keccak256(abi.encodePacked(keccak256(initializer), saltNonce));
        proxy = address(new SafeProxy{salt: salt}(_singleton));
        if (initializer.length > 0) {
            (bool ok, bytes memory why) = proxy.call(initializer);
            if (!ok) assembly { revert(add(why, 32), mload(why)) }
        }
        emit ProxyCreation(proxy, _singleton);
    }
}

/// Many calls in one; Safes call it by delegate call.
contract MultiSendCallOnly {
    function multiSend(bytes memory transactions) public payable {
        assembly {
            let length := mload(transactions)
            let i := 0x20
            for {} lt(i, length) {} {
                let operation := shr(0xf8, mload(add(transactions, i)))
                let to := shr(0x60, mload(add(transactions, add(i, 0x01))))
                let value := mload(add(transactions, add(i, 0x15)))
                let dataLength := mload(add(transactions, add(i, 0x35)))
                let data := add(transactions, add(i, 0x55))
                let success := 0
                if iszero(operation) { success := call(gas(), to, value, data, dataLength, 0, 0) }
                if iszero(success) { revert(0, 0) }
                i := add(i, add(0x55, dataLength))
            }
        }
    }
}

/// Puts another release behind a Safe, which calls it by delegate call.
contract SafeMigration {
    address private singleton;
    address public immutable SAFE_SINGLETON;
    address private immutable self = address(this);

    event ChangedMasterCopy(address singleton);

    constructor(address next) {
        require(next.code.length > 0, "Safe singleton is not deployed");
        SAFE_SINGLETON = next;
    }

    function migrateSingleton() external {
        require(address(this) != self, "Migration should only be called via delegatecall");
        singleton = SAFE_SINGLETON;
        emit ChangedMasterCopy(SAFE_SINGLETON);
    }
}
