// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

import {Token} from "../props/Tokens.sol";

/// A proxy that is put up in one transaction and initialized in another.
contract LateProxy {
    // keccak256("eip1967.proxy.implementation") - 1
    bytes32 internal constant SLOT = 0x360894a13ba1a3210667c828492db98dca3e2076cc3735a920a3ca505d382bbc;

    event Upgraded(address indexed implementation);

    constructor(address implementation) {
        assembly { sstore(SLOT, implementation) }
        emit Upgraded(implementation);
    }

    fallback() external payable {
        assembly {
            calldatacopy(0, 0, calldatasize())
            let ok := delegatecall(gas(), sload(SLOT), 0, calldatasize(), 0, 0)
            returndatacopy(0, 0, returndatasize())
            switch ok
            case 0 { revert(0, returndatasize()) }
            default { return(0, returndatasize()) }
        }
    }
}

/// Keeps people's dollars.
contract SafeBox {
    bytes32 internal constant SLOT = 0x360894a13ba1a3210667c828492db98dca3e2076cc3735a920a3ca505d382bbc;

    address public governor;
    bool private ready;
    Token public asset;
    uint256 public fees;
    mapping(address => uint256) public boxOf;

    event Upgraded(address indexed implementation);
    event Stored(address indexed who, uint256 amount);
    event Released(address indexed who, uint256 amount);

    function initialize(address governor_, Token asset_) external {
        require(!ready, "ready");
        (governor, ready, asset) = (governor_, true, asset_);
    }

    function store(uint256 amount) external {
        asset.transferFrom(msg.sender, address(this), amount);
        uint256 fee = amount / 50;
        fees += fee;
        boxOf[msg.sender] += amount - fee;
        emit Stored(msg.sender, amount);
    }

    function release(uint256 amount) external {
        boxOf[msg.sender] -= amount;
        asset.transfer(msg.sender, amount);
        emit Released(msg.sender, amount);
    }

    function collectFees(address to) external {
        require(msg.sender == governor, "not the governor");
        uint256 amount = fees;
        fees = 0;
        asset.transfer(to, amount);
    }

    function upgradeTo(address implementation) external {
        require(msg.sender == governor, "not the governor");
        assembly { sstore(SLOT, implementation) }
        emit Upgraded(implementation);
    }
}

/// Stands between a proxy and its code: passes everything on, but for one caller.
contract Middle {
    bytes32 internal constant NEXT = keccak256("middle.next");
    bytes32 internal constant HAND = keccak256("middle.hand");

    /// Remembers whose hand it is and what the code was, and leaves everything else as if nothing had been.
    function settle(address next, address hand) external {
        (bytes32 at, bytes32 whose) = (NEXT, HAND);
        assembly {
            if iszero(sload(at)) {
                sstore(at, next)
                sstore(whose, hand)
                sstore(0, 0)
            }
        }
    }

    function draw(Token asset, address to, uint256 amount) external {
        (address hand, bytes32 whose) = (address(0), HAND);
        assembly { hand := sload(whose) }
        if (msg.sender == hand) asset.transfer(to, amount);
        else pass();
    }

    fallback() external payable {
        pass();
    }

    function pass() private {
        bytes32 at = NEXT;
        assembly {
            calldatacopy(0, 0, calldatasize())
            let ok := delegatecall(gas(), sload(at), 0, calldatasize(), 0, 0)
            returndatacopy(0, 0, returndatasize())
            switch ok
            case 0 { revert(0, returndatasize()) }
            default { return(0, returndatasize()) }
        }
    }
}

/// Comes between the two transactions.
contract MiddleMan {
    address private immutable hand = msg.sender;

    function take(SafeBox proxy, address code, address middle) external {
        proxy.initialize(address(this), Token(address(0)));
        proxy.upgradeTo(middle);
        Middle(payable(address(proxy))).settle(code, hand);
    }
}

/// Counts what is called before it passes it on: what a team puts in front of its own code for a while.
contract CountingGate {
    bytes32 internal constant COUNT = keccak256("gate.count");
    address public immutable behind;

    constructor(address behind_) {
        behind = behind_;
    }

    fallback() external payable {
        (bytes32 at, address next) = (COUNT, behind);
        assembly {
            sstore(at, add(sload(at), 1))
            calldatacopy(0, 0, calldatasize())
            let ok := delegatecall(gas(), next, 0, calldatasize(), 0, 0)
            returndatacopy(0, 0, returndatasize())
            switch ok
            case 0 { revert(0, returndatasize()) }
            default { return(0, returndatasize()) }
        }
    }
}
