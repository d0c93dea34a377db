// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

import {Token} from "../props/Tokens.sol";

interface IPolyKeepers {
    function putCurEpochConPubKeyBytes(bytes calldata keepers) external returns (bool);
    function getCurEpochConPubKeyBytes() external view returns (bytes memory);
    function markFromChainTxExist(uint64 fromChainId, bytes32 fromChainTx) external returns (bool);
}

/// Who signs for the other chains, and what was executed. It obeys the manager alone.
contract PolyKeepers is IPolyKeepers {
    address public owner = msg.sender;
    bytes private ConKeepersPkBytes;
    mapping(uint64 => mapping(bytes32 => bool)) public FromChainTxExist;

    event OwnershipTransferred(address indexed previousOwner, address indexed newOwner);

    modifier onlyOwner() {
        require(msg.sender == owner, "Ownable: caller is not the owner");
        _;
    }

    constructor(address[] memory keepers) {
        ConKeepersPkBytes = abi.encode(keepers);
    }

    function transferOwnership(address to) external onlyOwner {
        emit OwnershipTransferred(owner, to);
        owner = to;
    }

    function putCurEpochConPubKeyBytes(bytes calldata keepers) external onlyOwner returns (bool) {
        ConKeepersPkBytes = keepers;
        return true;
    }

    function getCurEpochConPubKeyBytes() external view returns (bytes memory) {
        return ConKeepersPkBytes;
    }

    function markFromChainTxExist(uint64 fromChainId, bytes32 fromChainTx) external onlyOwner returns (bool) {
        FromChainTxExist[fromChainId][fromChainTx] = true;
        return true;
    }

    function checkIfFromChainTxExist(uint64 fromChainId, bytes32 fromChainTx) external view returns (bool) {
        return FromChainTxExist[fromChainId][fromChainTx];
    }
}

struct PolyMessage {
    uint64 fromChainId;
    bytes32 txHash;
    bytes fromContract;
    address toContract;
    bytes method;
    bytes args;
}

/// Executes what the keepers signed: any contract, and any method whose name hashes to what the sender wanted.
contract PolyManager {
    PolyKeepers public immutable keepers;

    event CrossChainEvent(address indexed sender, bytes txId, address proxyOrAssetContract, uint64 toChainId, bytes toContract, bytes rawdata);
    event VerifyHeaderAndExecuteTxEvent(uint64 fromChainID, bytes toContract, bytes32 crossChainTxHash, bytes32 fromChainTxHash);
    event ChangeBookKeeperEvent(uint256 height, bytes rawHeader);

    constructor(PolyKeepers keepers_) {
        keepers = keepers_;
    }

    function crossChain(uint64 toChainId, bytes calldata toContract, bytes calldata method, bytes calldata txData)
        external
        returns (bool)
    {
        bytes memory id = abi.encode(block.number, msg.sender);
        emit CrossChainEvent(tx.origin, id, msg.sender, toChainId, toContract, abi.encode(method, txData));
        return true;
    }

    function changeBookKeeper(address[] calldata next, bytes[] calldata signatures) external returns (bool) {
        bytes memory raw = abi.encode(next);
        verify(keccak256(raw), signatures);
        require(keepers.putCurEpochConPubKeyBytes(raw), "not saved");
        emit ChangeBookKeeperEvent(block.number, raw);
        return true;
    }

    function verifyHeaderAndExecuteTx(PolyMessage calldata message, bytes[] calldata signatures) external returns (bool) {
        bytes32 digest = keccak256(abi.encode(message));
        verify(digest, signatures);
        require(!keepers.FromChainTxExist(message.fromChainId, message.txHash), "the transaction has been executed!");
        keepers.markFromChainTxExist(message.fromChainId, message.txHash);
        require(message.toContract.code.length > 0, "The passed in address is not a contract!");
        bytes4 selector = bytes4(keccak256(abi.encodePacked(message.method, "(bytes,bytes,uint64)")));
        bytes memory data = abi.encodePacked(selector, abi.encode(message.args, message.fromContract, message.fromChainId));
        (bool ok, bytes memory said) = message.toContract.call(data);
        require(ok && abi.decode(said, (bool)), "EthCrossChain call business contract failed");
        emit VerifyHeaderAndExecuteTxEvent(
            message.fromChainId, abi.encodePacked(message.toContract), digest, message.txHash
        );
        return true;
    }

    function verify(bytes32 digest, bytes[] calldata signatures) private view {
        address[] memory known = abi.decode(keepers.getCurEpochConPubKeyBytes(), (address[]));
        require(signatures.length >= known.length - (known.length - 1) / 3, "too few signatures");
        uint256 seen;
        for (uint256 i = 0; i < signatures.length; i++) {
            (bytes32 r, bytes32 s, uint8 v) =
                (bytes32(signatures[i][:32]), bytes32(signatures[i][32:64]), uint8(signatures[i][64]));
            address signer = ecrecover(digest, v, r, s);
            for (uint256 k = 0; k < known.length; k++) {
                if (known[k] == signer && seen & (1 << k) == 0) {
                    seen |= 1 << k;
                    signer = address(0);
                }
            }
            require(signer == address(0), "not a keeper");
        }
    }
}

/// Holds what is locked here and lives on the other chains.
contract PolyLockProxy {
    address public immutable managerProxyContract;

    event LockEvent(address fromAssetHash, address fromAddress, uint64 toChainId, bytes toAssetHash, bytes toAddress, uint256 amount);
    event UnlockEvent(address toAssetHash, address toAddress, uint256 amount);

    constructor(PolyManager manager) {
        managerProxyContract = address(manager);
    }

    function lock(Token token, uint64 toChainId, bytes calldata toAddress, uint256 amount) external returns (bool) {
        token.transferFrom(msg.sender, address(this), amount);
        bytes memory txData = abi.encode(address(token), toAddress, amount);
        PolyManager(managerProxyContract).crossChain(toChainId, abi.encodePacked(address(this)), "unlock", txData);
        emit LockEvent(address(token), msg.sender, toChainId, abi.encodePacked(address(token)), toAddress, amount);
        return true;
    }

    function unlock(bytes calldata args, bytes calldata, uint64) external returns (bool) {
        require(msg.sender == managerProxyContract, "msgSender is not EthCrossChainManagerContract");
        (Token token, address to, uint256 amount) = abi.decode(args, (Token, address, uint256));
        token.transfer(to, amount);
        emit UnlockEvent(address(token), to, amount);
        return true;
    }
}
